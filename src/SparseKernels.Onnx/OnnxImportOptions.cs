using SparseKernels.Threading;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Onnx;

/// <summary>How <see cref="OnnxModel.ToNetwork"/> makes a network of a model. What is left null is taken from the model or by default.</summary>
public sealed record OnnxImportOptions
{
    /// <summary>What the network is called; the name of the model's graph by default.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// The sizes of one image, C×H×W: needed where the model leaves them open, allowed where it names others but can run on these. A pooling whose
    /// window is the whole image at the model's own sizes is one over the whole image at others.
    /// </summary>
    public FeatureShape? Input { get; init; }

    /// <summary>The same for inputs by their names, where there are several; <see cref="Input"/> is that of the first.</summary>
    public IReadOnlyDictionary<string, FeatureShape>? Inputs { get; init; }

    /// <summary>Images in a batch of the network; 1 or more. What the model says of its batch doesn't matter.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>
    /// The output that the network gives, and the inputs that it needs; by default all. Several outputs or inputs keep the model's names and sizes
    /// (<see cref="Training.Networks.Network.Outputs"/>), one of each is logits.
    /// </summary>
    public string? Output { get; init; }

    /// <summary>
    /// Classes to tell apart, for fine-tuning: the fully connected layer at the model's end is made anew with so many outputs and first values
    /// of its own, and a softmax behind it is left out. A model without such a layer, a featuriser, gets one. Null keeps the model's end as it is.
    /// </summary>
    public int? Classes { get; init; }

    /// <summary>
    /// The share that a batch has in the running statistics of batch normalisations, over 0 and at most 1; as the model says by default. Exporters
    /// write shares as small as 0.01, for which a short fine-tuning ends before its statistics have followed the weights; 0.1 is usual.
    /// </summary>
    public float? NormalisationMomentum { get; init; }

    /// <summary>What first values of new layers and random masks derive from.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads; the whole machine by default.</summary>
    public ComputeTopology? Topology { get; init; }

    /// <summary>How convolutions choose their kernels; <see cref="KernelSchedule.Current"/> by default.</summary>
    public KernelSchedule? Schedule { get; init; }

    /// <summary>What they predict times from; <see cref="SparseKernels.Calibration.Current"/> by default.</summary>
    public Calibration? Calibration { get; init; }

    /// <summary>How tensors between layers lie; by default as the convolutions are predicted to be fastest.</summary>
    public BlockedLayout? Layout { get; init; }
}
