using SparseKernels.Cli.Terminal;
using SparseKernels.Onnx;
using SparseKernels.Training;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Data;

namespace SparseKernels.Cli.Runs;

/// <summary>What <c>export</c> writes into an ONNX file's metadata and <c>predict</c> reads there: names of classes, and normalisation.</summary>
internal static class OnnxNotes
{
    private const string ClassNamesKey = $"sparsekernels.{ClassNameList.Key}", NormalisationKey = $"sparsekernels.{TrainerOptions.NormalisationSetting}";

    /// <summary>The metadata for a run's file.</summary>
    public static IReadOnlyDictionary<string, string> Of(Checkpoint checkpoint)
    {
        var metadata = new Dictionary<string, string>();
        if (checkpoint.ClassNames.Count > 0) metadata.Add(ClassNamesKey, ClassNameList.Format(checkpoint.ClassNames));
        if (checkpoint.Settings.GetValueOrDefault(TrainerOptions.NormalisationSetting) is { } normalisation) metadata.Add(NormalisationKey, normalisation);
        return metadata;
    }

    /// <summary>What each class is called; none where the file doesn't say.</summary>
    /// <exception cref="InvalidDataException">It says no list of names.</exception>
    public static IReadOnlyList<string> ClassNamesOf(OnnxModel model, string path)
    {
        try
        {
            return ClassNameList.Parse(model.Metadata.GetValueOrDefault(ClassNamesKey));
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>How images were normalised; null where the file doesn't say.</summary>
    /// <exception cref="InvalidDataException">It says no normalisation.</exception>
    public static Normalisation? NormalisationOf(OnnxModel model, string path)
    {
        if (model.Metadata.GetValueOrDefault(NormalisationKey) is not { } text) return null;
        try
        {
            return Normalisation.Parse(text);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{path}: its metadata '{NormalisationKey}': {Failure.Message(e)}", e);
        }
    }
}
