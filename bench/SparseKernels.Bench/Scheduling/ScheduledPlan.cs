using SparseKernels.Sparsity;

namespace SparseKernels.Bench.Scheduling;

/// <summary>A plan under one schedule, ready to run a row's pass on the row's operands.</summary>
internal sealed class ScheduledPlan : IDisposable
{
    private readonly ScheduleOperands _operands;
    private readonly PackedWeights _w;
    private readonly WeightUse _use;
    private readonly ConvolutionPass _pass;

    /// <summary>Makes the plan and packs the weights.</summary>
    /// <param name="operands">What it reads and writes.</param>
    /// <param name="options">Threads, instruction set and schedule.</param>
    /// <param name="use">What becomes of the weights before each call.</param>
    public ScheduledPlan(ScheduleOperands operands, ConvolutionOptions options, WeightUse use)
    {
        (_operands, _use, _pass) = (operands, use, operands.Case.Pass);
        Plan = new ConvolutionPlan(operands.Data.Shape, options);
        _w = Plan.CreatePackedWeights();
        _w.Update(operands.Data.W);
    }

    public ConvolutionPlan Plan { get; }

    /// <summary>The last choice of the pass; null for dense.</summary>
    public OperandPair? Choice => _pass switch
    {
        ConvolutionPass.Forward => Plan.Choices.Forward.Pair,
        ConvolutionPass.BackwardData => Plan.Choices.BackwardData.Pair,
        _ => Plan.Choices.BackwardWeights.Pair,
    };

    /// <summary>One call as the schedule says.</summary>
    public void Run() => Run(_operands.Sparse);

    /// <summary>What makes one call with a pair, whatever the schedule says; with none, as it says.</summary>
    public Action Caller(OperandPair? pair)
    {
        var sparse = pair is null ? _operands.Sparse : _operands.Sparse with { Pair = pair };
        return () => Run(sparse);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _w.Dispose();
        Plan.Dispose();
    }

    private void Run(SparseOperands sparse)
    {
        if (_pass != ConvolutionPass.BackwardWeights)
        {
            if (_use == WeightUse.Values) _w.UpdateValues(_operands.Data.W);
            else if (_use == WeightUse.New) _w.Update(_operands.Data.W);
        }

        switch (_pass)
        {
            case ConvolutionPass.Forward: Plan.Forward(_operands.X, _w, [], _operands.Y, sparse); break;
            case ConvolutionPass.BackwardData: Plan.BackwardData(_operands.Dy, _w, _operands.Dx, sparse); break;
            default: Plan.BackwardWeights(_operands.X, _operands.Dy, _operands.Dw, [], sparse); break;
        }
    }
}
