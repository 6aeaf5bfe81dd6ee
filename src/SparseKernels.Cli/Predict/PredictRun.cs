using System.Globalization;
using System.Text.Json;
using SparseKernels.Cli.Options;
using SparseKernels.Cli.Terminal;

namespace SparseKernels.Cli.Predict;

/// <summary>One run of <c>sparsekernels predict</c>. Writes no file.</summary>
internal sealed class PredictRun : IDisposable
{
    /// <summary>Pictures that are decoded side by side and then predicted at once.</summary>
    private const int AtOnce = 16;

    private readonly PredictRequest _request;
    private readonly PictureClassifier _classifier;
    private readonly ParallelOptions _threads;
    private readonly float[] _images;
    private readonly float[] _probabilities;
    private readonly Exception?[] _failures = new Exception?[AtOnce];

    private PredictRun(PredictRequest request)
    {
        (_request, _classifier) = (request, PictureClassifier.Read(request));
        var atOnce = Math.Min(AtOnce, request.Pictures.Count);
        (_images, _probabilities) = (new float[atOnce * _classifier.Reader.Length], new float[atOnce * _classifier.Predictor.Classes]);
        _threads = new ParallelOptions { MaxDegreeOfParallelism = CommandOptions.TopologyOf(request.Threads).Threads };
    }

    /// <summary>Predicts.</summary>
    /// <param name="request">The options.</param>
    /// <returns>The exit code: 0, or <see cref="Failure.BadInput"/> where a picture couldn't be read.</returns>
    /// <exception cref="Exception">What <see cref="Failure.IsInput"/> knows, if the network or an option can't be used.</exception>
    public static int Run(PredictRequest request)
    {
        using var run = new PredictRun(request);
        var pictures = new List<ClassifiedPicture>();
        foreach (var files in request.Pictures.Chunk(AtOnce)) run.Classify(files, pictures);
        if (request.Json) Console.Out.WriteLine(JsonSerializer.Serialize(pictures, PredictJson.Default.IReadOnlyListClassifiedPicture));
        else if (pictures.Count > 0) Screen.Out().Write(PredictTable.Create(pictures));
        return pictures.Count == request.Pictures.Count ? 0 : Failure.BadInput;
    }

    public void Dispose() => _classifier.Dispose();

    private void Classify(string[] files, List<ClassifiedPicture> pictures)
    {
        var (length, classes) = (_classifier.Reader.Length, _classifier.Predictor.Classes);
        Parallel.For(0, files.Length, _threads, i => Read(i, files[i]));
        var good = new List<string>();
        for (var i = 0; i < files.Length; i++)
        {
            if (_failures[i] is { } failure)
            {
                Failure.Report(Failure.Message(failure), Failure.BadInput);
                continue;
            }

            // Those that could be read lie side by side.
            if (i > good.Count) _images.AsSpan(i * length, length).CopyTo(_images.AsSpan(good.Count * length, length));
            good.Add(files[i]);
        }

        if (good.Count == 0) return;
        _classifier.Predictor.PredictProbabilities(_images.AsSpan(0, good.Count * length), _probabilities.AsSpan(0, good.Count * classes));
        for (var i = 0; i < good.Count; i++) pictures.Add(new ClassifiedPicture(good[i], Likeliest(_probabilities.AsSpan(i * classes, classes))));
    }

    private void Read(int i, string file)
    {
        var length = _classifier.Reader.Length;
        _failures[i] = null;
        try
        {
            if (Directory.Exists(file)) throw new IOException($"'{file}' is a folder: expected a picture.");
            _classifier.Reader.Read(file, _images.AsSpan(i * length, length));
        }
        catch (Exception e) when (Failure.IsInput(e))
        {
            _failures[i] = e;
        }
    }

    private RankedClass[] Likeliest(ReadOnlySpan<float> probabilities)
    {
        var all = probabilities.ToArray();
        return
        [
            .. Enumerable.Range(0, all.Length).OrderByDescending(label => all[label]).Take(_request.Top)
                .Select(label => new RankedClass(NameOf(label), label, all[label])),
        ];
    }

    private string NameOf(int label) =>
        _classifier.ClassNames.Count > 0 ? _classifier.ClassNames[label] : label.ToString(CultureInfo.InvariantCulture);
}
