using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Zeros;

/// <summary>
/// What the layers on both sides of a tensor tell each other of its zeros and of its gradient's, and of the sums over its channels. The layer
/// that writes a tensor owns this;
/// a layer that reads it and gains by knowing asks while it is built, so that nothing is counted for nobody.
/// </summary>
internal sealed class ActivationZeros
{
    private readonly int _batch;
    private readonly FeatureShape _shape;
    private readonly ActivationZeros? _source;
    private readonly bool _isCounted;
    private PlaneCounts? _counts;
    private PlaneCounts? _gradientCounts;

    private ActivationZeros(int batch, FeatureShape shape, bool isCounted, ActivationZeros? source, bool gatesGradient) =>
        (_batch, _shape, _isCounted, _source, GatesGradient) = (batch, shape, isCounted, source, gatesGradient);

    /// <summary>The tensor's density at the last Forward; coarse by channels of an image. Null if not known.</summary>
    public OperandDensity? Density { get; set; }

    /// <summary>The density of <see cref="NonZeros"/> as a mask: coarse by pixels of a block of channels. Null if not known.</summary>
    public OperandDensity? MaskDensity { get; private set; }

    /// <summary>
    /// Whether several layers read the tensor. Then no single one decides which of its elements are computed, and none knows the zeros of the
    /// gradient, which is a sum: both are left out. Set before a reader is built.
    /// </summary>
    public bool IsShared { get; set; }

    /// <summary>
    /// The density of the tensor's gradient at the last Backward, as the layer above wrote it. Null if not known, as of a shared tensor.
    /// </summary>
    public OperandDensity? GradientDensity
    {
        get;
        set => field = IsShared ? null : value;
    }

    /// <summary>The tensor's non-zeros at the last Forward; null if nobody asked, or its writer doesn't find them.</summary>
    public FineMask? NonZeros { get; private set; }

    /// <summary>Whether the writer can take the sums over each channel while it writes in training.</summary>
    public bool CanTakeMoments { get; set; }

    /// <summary>What says where the sums are wanted in the Forward that runs, null for nowhere; null if nobody asked.</summary>
    public Func<ChannelMoments?>? MomentsWanted { private get; set; }

    /// <summary>Where the writer leaves the sums now; null if nobody wants them. The layer that asked owns it.</summary>
    public ChannelMoments? Moments => MomentsWanted?.Invoke();

    /// <summary>Whether a gradient that arrives where the tensor is zero goes no further, as below a ReLU.</summary>
    public bool GatesGradient { get; }

    /// <summary>Where a gradient's writer counts its non-zeros; null if nobody asked, or the tensor is shared.</summary>
    public PlaneCounts? GradientCounts => IsShared ? null : _gradientCounts;

    /// <summary>The layer above, if it drops elements of the tensor whatever they are; null if it doesn't, or the tensor is shared.</summary>
    public IOutputMask? OutputMask
    {
        get;
        set => field = IsShared ? null : value;
    }

    /// <summary>A tensor whose writer knows nothing of its zeros.</summary>
    public static ActivationZeros Unknown(int batch, FeatureShape shape) =>
        new(batch, shape, isCounted: false, source: null, gatesGradient: false);

    /// <summary>A tensor whose writer finds its non-zeros while it writes them, if asked.</summary>
    /// <param name="batch">Images.</param>
    /// <param name="shape">The sizes of one image.</param>
    /// <param name="gatesGradient">As <see cref="GatesGradient"/>.</param>
    /// <param name="source">Another tensor whose density the writer sometimes takes instead; null for none.</param>
    public static ActivationZeros Counted(int batch, FeatureShape shape, bool gatesGradient, ActivationZeros? source = null) =>
        new(batch, shape, isCounted: true, source, gatesGradient);

    /// <summary>A tensor whose writer takes its density from that of another tensor.</summary>
    public static ActivationZeros Derived(int batch, FeatureShape shape, ActivationZeros source) =>
        new(batch, shape, isCounted: false, source, gatesGradient: false);

    /// <summary>Asks for the tensor's density and non-zeros.</summary>
    public void Ask()
    {
        _source?.Ask();
        if (!_isCounted || NonZeros is not null) return;
        NonZeros = new FineMask(_batch, _shape.Channels, _shape.Height, _shape.Width);
        _counts = new PlaneCounts(_batch, _shape);
    }

    /// <summary>Asks for the density of the tensor's gradient.</summary>
    public void AskForGradient() => _gradientCounts ??= new PlaneCounts(_batch, _shape);

    /// <summary>Where the writer's sweep leaves what it finds; nowhere if nobody asked.</summary>
    public unsafe NonZeroWords Words() =>
        NonZeros is null ? default : new NonZeroWords(NonZeros.Pointer, _counts!, _shape.Height * _shape.Width);

    /// <summary>Ends the writer's sweep: the densities are those of the planes it counted.</summary>
    public void Take()
    {
        if (_counts is null) return;
        (Density, MaskDensity) = (_counts.Density(), _counts.MaskDensity());
    }

    /// <summary>The same for the gradient.</summary>
    public void TakeGradient()
    {
        if (GradientCounts is { } counts) GradientDensity = counts.Density();
    }
}
