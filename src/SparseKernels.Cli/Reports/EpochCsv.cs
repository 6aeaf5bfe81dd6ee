using System.Globalization;
using System.Text;
using SparseKernels.Files;
using SparseKernels.Training;

namespace SparseKernels.Cli.Reports;

/// <summary>The file of <c>--csv</c>: one line of figures per epoch, in the invariant culture.</summary>
internal sealed class EpochCsv : IDisposable
{
    private const string Header = "epoch,step,learning_rate,train_loss,train_accuracy,test_loss,test_accuracy,images_per_second,seconds,saved_seconds,forward,backward_data,backward_weights,step_ms,validation_accuracy,sparsity,coarse_sparsity,waiting_seconds";

    private readonly string _path;
    private readonly List<string> _kept = [];

    private OutputLock? _output;

    private EpochCsv(string path) => _path = path;

    /// <summary>Prepares the file of a run without writing it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="completeEpochs">Epochs that a resumed run has complete, whose lines are kept; null for a new run.</param>
    /// <returns>The file, to be started by <see cref="Begin"/>.</returns>
    /// <exception cref="IOException">A new run's file exists already.</exception>
    /// <exception cref="InvalidDataException">A resumed run's file is not one of these.</exception>
    public static EpochCsv Prepare(string path, int? completeEpochs)
    {
        var file = new EpochCsv(path);
        if (!Path.Exists(path)) return file;
        if (completeEpochs is null) throw new IOException($"'{path}' exists already: choose another name for --csv.");
        var text = File.ReadAllText(path);

        // What follows the last line's end was being written when the run was killed.
        var old = text[..(text.LastIndexOf('\n') + 1)].Split('\n')[..^1];
        if (old.Length == 0 || old[0] != Header)
            throw new InvalidDataException($"'{path}' has not the columns of a file of --csv: {Header}.");
        file._kept.AddRange(old.Skip(1).Where(line => EpochOf(line, path) <= completeEpochs));
        return file;
    }

    /// <summary>Writes the head and the lines kept.</summary>
    /// <exception cref="IOException">The file can't be written, or another run writes it.</exception>
    public void Begin()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        _output = OutputLock.Take(_path, "run");
        var text = string.Concat(_kept.Prepend(Header).Select(line => line + "\n"));
        AtomicFile.Write(_path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>Adds a line.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="step">Steps done in all.</param>
    public void Append(EpochReport epoch, long step)
    {
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{epoch.Epoch},{step},{epoch.LearningRate:R},{epoch.TrainingLoss:R},{epoch.TrainingAccuracy:R},{epoch.TestLoss:R},{epoch.TestAccuracy:R},{epoch.ImagesPerSecond:F1},{(epoch.TrainingTime + epoch.ValidationTime + epoch.EvaluationTime).TotalSeconds:F3},{epoch.Saved.TotalSeconds:F3},{SkippedText.Field(epoch, ConvolutionPass.Forward)},{SkippedText.Field(epoch, ConvolutionPass.BackwardData)},{SkippedText.Field(epoch, ConvolutionPass.BackwardWeights)},{epoch.StepTime.TotalMilliseconds:F3},{epoch.Pruning?.ValidationAccuracy:R},{epoch.Pruning?.Sparsity:R},{epoch.Pruning?.CoarseSparsity:R},{epoch.WaitingTime.TotalSeconds:F3}\n");
        File.AppendAllText(_path, line);
    }

    /// <summary>Lets other runs write the file.</summary>
    public void Dispose() => _output?.Dispose();

    private static int EpochOf(string line, string path) =>
        int.TryParse(line.AsSpan(0, Math.Max(0, line.IndexOf(','))), NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
            ? epoch
            : throw new InvalidDataException($"'{path}' has a line that doesn't begin with an epoch: {line}.");
}
