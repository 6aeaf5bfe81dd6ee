using SparseKernels.Memory;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using SparseKernels.Threading;

namespace SparseKernels.Passes.Frame;

/// <summary>
/// What the drivers that skip zeros in Forward and BackwardData do alike: a call rents scratch memory, hands its work items to the workers,
/// and gives the memory back.
/// </summary>
/// <typeparam name="TScratch">The driver's scratch memory.</typeparam>
/// <typeparam name="TWeights">The weights in the driver's form.</typeparam>
internal abstract unsafe class SparseTapPass<TScratch, TWeights> : ISparseTapPass
    where TScratch : class, IDisposable
    where TWeights : SparseWeightForm
{
    private readonly RentalPool<TScratch> _scratch;

    protected SparseTapPass(ComputeTopology topology)
    {
        Topology = topology;
        _scratch = new(CreateScratch);
    }

    public abstract IEnumerable<string> KernelIds { get; }

    /// <summary>The threads.</summary>
    protected ComputeTopology Topology { get; }

    /// <summary>Work items of a call.</summary>
    protected abstract int Items { get; }

    public virtual bool Limits => false;

    public virtual bool TakesMoments => false;

    /// <summary>Whether the items look at the mask of the result.</summary>
    protected abstract bool HeedsMask { get; }

    /// <summary>Whether there is nothing to run without a mask of the result.</summary>
    protected virtual bool NeedsMask => false;

    public abstract SparseWeightForm CreateWeights();

    public void Run(in ImageView input, SparseWeightForm weights, TapEpilogue epilogue, in ImageView output, FineMask? result)
    {
        if (NeedsMask) ArgumentNullException.ThrowIfNull(result);
        using var scratch = _scratch.Rent();
        fixed (float* start = epilogue.Bias)
        {
            var work = new Work { Pass = this };
            work.Call.Scratch = scratch.Item;
            work.Call.Input = Prepare(scratch.Item, in input);
            work.Call.Weights = (TWeights)weights;
            work.Call.Bias = start;
            work.Call.Limits = epilogue.Limits;
            work.Call.Moments = epilogue.Moments;
            work.Call.Output = output;
            work.Call.Wanted = HeedsMask ? result : null;
            WorkerPool.Shared.Run(ref work, Items, Topology);
        }
    }

    public virtual void Dispose() => _scratch.Dispose();

    /// <summary>What the items read: the input itself, or a copy.</summary>
    protected virtual ImageView Prepare(TScratch scratch, in ImageView input) => input;

    /// <summary>Scratch memory for one call on all threads.</summary>
    protected abstract TScratch CreateScratch();

    /// <summary>Does one work item.</summary>
    protected abstract void Do(ref readonly TapCall<TScratch, TWeights> call, int item, int worker);

    private struct Work : IWork
    {
        public SparseTapPass<TScratch, TWeights> Pass;
        public TapCall<TScratch, TWeights> Call;

        public void Do(int item, int worker) => Pass.Do(in Call, item, worker);
    }
}
