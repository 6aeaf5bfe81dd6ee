using SparseKernels.Threading;
using SparseKernels.Training;
using SparseKernels.Training.Data;
using SparseKernels.Training.Tensors;

namespace PictureServer.Classifiers;

/// <summary>This library: one <see cref="Predictor"/> for all requests, which skips the zeros of pruned weights.</summary>
internal sealed class SparseClassifier(Predictor predictor, Normalisation? normalisation) : IClassifier
{
    /// <summary>As many requests as processors run at once, each on one thread: that is more a second than one after the other on all.</summary>
    public static PredictorOptions Options { get; } = new() { Topology = ComputeTopology.FromThreads(1), OwnsNetwork = true };

    public string Engine => "SparseKernels";

    public string Model => predictor.Name;

    public FeatureShape Input => predictor.Input;

    public int Classes => predictor.Classes;

    public IReadOnlyList<string> ClassNames => predictor.ClassNames;

    public Normalisation? Normalisation => normalisation;

    public void Classify(float[] image, Span<float> probabilities) => predictor.PredictProbabilities(image, probabilities);

    public void Dispose() => predictor.Dispose();
}
