using SparseKernels.Training.Data;
using SparseKernels.Training.Tensors;

namespace PictureServer.Classifiers;

/// <summary>A network behind one of the engines; any number of threads call it at once, each call on its own thread alone.</summary>
internal interface IClassifier : IDisposable
{
    /// <summary>Whose kernels run.</summary>
    string Engine { get; }

    /// <summary>What the network is called.</summary>
    string Model { get; }

    /// <summary>The sizes of one image: three channels, as wide as high.</summary>
    FeatureShape Input { get; }

    /// <summary>Classes K.</summary>
    int Classes { get; }

    /// <summary>What each class is called; none where nobody named them.</summary>
    IReadOnlyList<string> ClassNames { get; }

    /// <summary>What its images were normalised with; null if the model doesn't say.</summary>
    Normalisation? Normalisation { get; }

    /// <summary>The probabilities of one image's classes.</summary>
    /// <param name="image"><c>[3, S, S]</c>, normalised.</param>
    /// <param name="probabilities"><c>[K]</c>, overwritten.</param>
    void Classify(float[] image, Span<float> probabilities);
}
