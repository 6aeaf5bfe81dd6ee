using SparseKernels.Geometry;
using SparseKernels.Passes.Frame;
using SparseKernels.Scheduling.Choice;
using SparseKernels.Scheduling.Cost;
using SparseKernels.Tensors;

namespace SparseKernels.Scheduling.Plans;

/// <summary>The passes of a plan for tensors of one layout, each made when first asked for.</summary>
internal sealed class LayoutPasses : IDisposable
{
    private readonly Lazy<(PlanarFit Forward, PlanarFit BackwardData)> _fits;
    private readonly Lazy<ScheduledTapPass> _forward;
    private readonly Lazy<ScheduledTapPass> _backwardData;
    private readonly Lazy<ScheduledGradientPass> _backwardWeights;

    public LayoutPasses(
        ConvolutionShape shape, BlockedLayout layout, PassMachine machine, KernelSchedule schedule, Lazy<ICostModel> model, ValueRange? range)
    {
        Layout = layout;
        _fits = new(() => (new(Forward.Geometry), new(BackwardData.Geometry)));
        _forward = new(() => new ScheduledTapPass(TapGeometry.Forward(shape, layout), layout, machine, schedule, model.Value, range));
        _backwardData = new(() => new ScheduledTapPass(TapGeometry.BackwardData(shape, layout), layout, machine, schedule, model.Value));
        _backwardWeights = new(() => new ScheduledGradientPass(shape, layout, machine, schedule, model.Value));
    }

    /// <summary>How their tensors lie.</summary>
    public BlockedLayout Layout { get; }

    public ScheduledTapPass Forward => _forward.Value;

    public ScheduledTapPass BackwardData => _backwardData.Value;

    public ScheduledGradientPass BackwardWeights => _backwardWeights.Value;

    /// <summary>Whether a pass runs on planar tensors as they are.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="data">What it reads.</param>
    /// <param name="result">What it writes.</param>
    public bool RunsInPlace(ConvolutionPass pass, BlockedTensor data, BlockedTensor result) =>
        pass != ConvolutionPass.BackwardWeights
        && (pass == ConvolutionPass.Forward ? _fits.Value.Forward : _fits.Value.BackwardData).Suits(data.Strides, data.Border, result.Strides);

    /// <summary>What chooses for a pass.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such pass.</exception>
    public PassScheduler SchedulerOf(ConvolutionPass pass) => pass switch
    {
        ConvolutionPass.Forward => Forward.Scheduler,
        ConvolutionPass.BackwardData => BackwardData.Scheduler,
        ConvolutionPass.BackwardWeights => BackwardWeights.Scheduler,
        _ => throw new ArgumentOutOfRangeException(nameof(pass), pass, "not a pass."),
    };

    /// <summary>The kernels that serve a pair, or why none do.</summary>
    public (IEnumerable<string>? Kernels, string? WhyDense) KernelsOf(ConvolutionPass pass, OperandPair pair)
    {
        var strides = pass == ConvolutionPass.BackwardData ? BackwardData.UsualStrides : Forward.UsualStrides;
        if (pass == ConvolutionPass.BackwardWeights)
        {
            var gradient = BackwardWeights.Of(pair, strides);
            return (gradient.Pass?.KernelIds, gradient.WhyDense);
        }

        var tap = (pass == ConvolutionPass.Forward ? Forward : BackwardData).Of(pair, strides);
        return (tap.Pass?.KernelIds, tap.WhyDense);
    }

    public void Dispose()
    {
        if (_forward.IsValueCreated) Forward.Dispose();
        if (_backwardData.IsValueCreated) BackwardData.Dispose();
        if (_backwardWeights.IsValueCreated) BackwardWeights.Dispose();
    }
}
