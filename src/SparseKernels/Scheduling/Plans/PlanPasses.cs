using SparseKernels.Geometry;
using SparseKernels.Memory;
using SparseKernels.Passes.Frame;
using SparseKernels.Scheduling.Cost;

namespace SparseKernels.Scheduling.Plans;

/// <summary>
/// The passes of a plan, each made when first asked for: what is behind the door's checks. Whoever calls one enters first; who disposes them
/// while calls run lets those end.
/// </summary>
internal sealed class PlanPasses : IDisposable
{
    private readonly Lifetime _lifetime;

    /// <param name="shape">The sizes.</param>
    /// <param name="machine">Instruction set and threads.</param>
    /// <param name="schedule">How kernels are chosen.</param>
    /// <param name="model">What predicts times.</param>
    /// <param name="owner">What the caller knows as disposed.</param>
    public PlanPasses(ConvolutionShape shape, PassMachine machine, KernelSchedule schedule, Lazy<ICostModel> model, string owner)
    {
        (Shape, Machine) = (shape, machine);
        Forward = new(() => new ScheduledTapPass(TapGeometry.Forward(shape), machine, schedule, model.Value));
        BackwardData = new(() => new ScheduledTapPass(TapGeometry.BackwardData(shape), machine, schedule, model.Value));
        BackwardWeights = new(() => new ScheduledGradientPass(shape, machine, schedule, model.Value));
        _lifetime = new Lifetime(owner, Release);
    }

    internal ConvolutionShape Shape { get; }

    internal PassMachine Machine { get; }

    internal Lazy<ScheduledTapPass> Forward { get; }

    internal Lazy<ScheduledTapPass> BackwardData { get; }

    internal Lazy<ScheduledGradientPass> BackwardWeights { get; }

    /// <summary>What a call may use until it disposes it.</summary>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public PassesInUse Enter() => new(this, _lifetime.Enter());

    /// <summary>Frees scratch memory, once calls that run have ended. Calling it again does nothing.</summary>
    public void Dispose() => _lifetime.Close();

    private void Release()
    {
        if (Forward.IsValueCreated) Forward.Value.Dispose();
        if (BackwardData.IsValueCreated) BackwardData.Value.Dispose();
        if (BackwardWeights.IsValueCreated) BackwardWeights.Value.Dispose();
    }
}
