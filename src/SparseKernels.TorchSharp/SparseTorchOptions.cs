using SparseKernels.Threading;
using SparseKernels.Training.Stretches;

namespace SparseKernels.TorchSharp;

/// <summary>How <see cref="SparseTorch.Convert"/> converts, and what the converted modules run on.</summary>
public sealed record SparseTorchOptions
{
    /// <summary>Threads of a call; the whole machine by default.</summary>
    public ComputeTopology? Topology { get; init; }

    /// <summary>How convolutions choose their kernels; <see cref="KernelSchedule.Current"/> by default.</summary>
    public KernelSchedule? Schedule { get; init; }

    /// <summary>
    /// For how many pairs of batch and picture sizes each stretch keeps memory; 1 or more. One more gives up those that were not used for longest.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is under 1.</exception>
    public int SizesKept
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(SizesKept));
            field = value;
        }
    }

    = 8;

    /// <summary>
    /// What modules of one's own compute, by their types: whole networks or blocks of them. TorchVision's <c>ResNet</c> and the blocks of
    /// <c>ResNet</c> and <c>MobileNetV2</c> are known without it.
    /// </summary>
    public IReadOnlyDictionary<Type, BlockDescription> Blocks { get; init; } = new Dictionary<Type, BlockDescription>();

    /// <summary>
    /// Whether every convolution and Linear becomes a node by itself and all else stays with torch, as far as fields and Sequentials allow: for comparison, or for
    /// models in which hooks or code of one's own look at what is between layers. False by default: stretches are faster.
    /// </summary>
    public bool OneByOne { get; init; }

    /// <summary>
    /// Whether the images that converted modules give lie channels-last, as <c>[N, H, W, C]</c>, whatever their input lies as. Torch's modules
    /// behind them go on channels-last, and copies from and to what our kernels read cost less: it makes <see cref="OneByOne"/> faster. Sizes and
    /// values are the same, but <c>view</c> can't join dimensions of such a tensor, which <c>reshape</c> and <c>flatten</c> can. False by
    /// default: outputs lie as torch's own would.
    /// </summary>
    public bool ChannelsLast { get; init; }

    /// <summary>The same for a stretch.</summary>
    internal StretchOptions ToStretch() => new() { Topology = Topology, Schedule = Schedule, SizesKept = SizesKept };
}
