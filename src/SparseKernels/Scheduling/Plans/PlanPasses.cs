using SparseKernels.Memory;
using SparseKernels.Passes.Frame;
using SparseKernels.Scheduling.Cost;

namespace SparseKernels.Scheduling.Plans;

/// <summary>
/// The passes of a plan: what is behind the door's checks. Whoever calls one enters first; who disposes them while calls run lets those end.
/// </summary>
internal sealed class PlanPasses : IDisposable
{
    private readonly Lifetime _lifetime;
    private readonly LayoutPasses[] _passes;

    /// <param name="shape">The sizes.</param>
    /// <param name="machine">Instruction set and threads.</param>
    /// <param name="schedule">How kernels are chosen.</param>
    /// <param name="model">What predicts times.</param>
    /// <param name="range">What Forward's results are limited to; null for nothing.</param>
    /// <param name="owner">What the caller knows as disposed.</param>
    public PlanPasses(
        ConvolutionShape shape, PassMachine machine, KernelSchedule schedule, Lazy<ICostModel> model, ValueRange? range, string owner)
    {
        (Shape, Machine) = (shape, machine);
        _passes = Array.ConvertAll(
            Enum.GetValues<BlockedLayout>(), layout => new LayoutPasses(shape, layout, machine, schedule, model, range));
        Borders = new(() => PlanBorders.Of(shape));
        Copies = new(() => new ChannelBlockedCopies(shape));
        _lifetime = new Lifetime(owner, Release);
    }

    internal ConvolutionShape Shape { get; }

    internal PassMachine Machine { get; }

    /// <summary>The borders that batch-blocked and planar tensors need to be read in place.</summary>
    internal Lazy<PlanBorders> Borders { get; }

    /// <summary>For calls whose tensors don't suit each other.</summary>
    internal RentalPool<ChannelBlockedCopies> Copies { get; }

    /// <summary>What a call may use until it disposes it.</summary>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public PassesInUse Enter() => new(this, _lifetime.Enter());

    /// <summary>Those for tensors of a layout; plain tensors are packed to be channel-blocked.</summary>
    internal LayoutPasses Of(BlockedLayout layout) => _passes[(int)layout];

    /// <summary>Frees scratch memory, once calls that run have ended. Calling it again does nothing.</summary>
    public void Dispose() => _lifetime.Close();

    private void Release()
    {
        foreach (var passes in _passes) passes.Dispose();
        Copies.Dispose();
    }
}
