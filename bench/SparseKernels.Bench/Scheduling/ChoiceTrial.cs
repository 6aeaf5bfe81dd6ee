using SparseKernels.Bench.Measuring;
using SparseKernels.Bench.Reporting;
using SparseKernels.Isa;
using SparseKernels.Passes.Frame;
using SparseKernels.Scheduling.Choice;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;

namespace SparseKernels.Bench.Scheduling;

/// <summary>
/// What it costs one pass of a layer to choose: comparing the candidates, and estimating the densities that the comparison needs.
/// </summary>
internal sealed class ChoiceTrial : IDisposable
{
    /// <summary>Zeros in every operand, masks included: the case in which all has to be looked at.</summary>
    private const int Percent = 50;

    /// <summary>Enough calls for every candidate to have been tried.</summary>
    private const int CallsBefore = 24;

    private readonly ScheduleOperands _operands;
    private readonly ScheduledPlan _plan;

    /// <summary>Makes a plan and calls it until it knows its candidates.</summary>
    /// <param name="dense">Operands without zeros.</param>
    /// <param name="pass">The pass.</param>
    /// <param name="options">Threads and instruction set.</param>
    public ChoiceTrial(ConvolutionData dense, ConvolutionPass pass, ConvolutionOptions options)
    {
        var zeros = Enum.GetValues<Operand>().Where(operand => pass != ConvolutionPass.Forward || operand != Operand.Output).Select(
            operand => new OperandZeros(operand, Percent));
        _operands = new ScheduleOperands(dense, SyntheticCases.Draw(dense.Shape, pass, [.. zeros]));
        _plan = new ScheduledPlan(_operands, options with { Schedule = KernelSchedule.Automatic }, WeightUse.Kept);
        for (var call = 0; call < CallsBefore; call++) _plan.Run();
    }

    /// <summary>Measures each part apart.</summary>
    /// <param name="layer">The layer's name.</param>
    /// <returns>The row.</returns>
    public ChoiceRow Measure(string layer)
    {
        var (shape, pass, options) = (_operands.Data.Shape, _operands.Case.Pass, _plan.Plan.Options);
        var choose = Choose();
        var data = pass switch
        {
            ConvolutionPass.Forward => Images(_operands.X),
            ConvolutionPass.BackwardData => Images(_operands.Dy),
            _ => Images(_operands.X) + Images(_operands.Dy),
        };
        var mask = _operands.Sparse switch
        {
            { Input: { } input } => CallCost.Measure(() => DensitySampler.OfMask(input, SampledBlocks.OfMask)),
            { Weight: { } weight } => CallCost.Measure(() => _ = new OperandDensity(weight.FineDensity, weight.CoarseDensity)),
            _ => CallCost.None,
        };
        var weights = pass == ConvolutionPass.BackwardWeights ? CallCost.None : Weights();
        var call = choose + data + mask;
        return new ChoiceRow(
            layer, pass.ToString(), shape.N, options.Topology.Threads, InstructionSet.NameOf(options.InstructionSet),
            choose.Microseconds, data.Microseconds, mask.Microseconds, weights.Microseconds, call.Microseconds, call.ColdMicroseconds, (call + weights).Bytes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _plan.Dispose();
        _operands.Dispose();
    }

    private CallCost Choose()
    {
        var (one, shape) = (_operands.Case, _operands.Data.Shape);
        var half = new OperandDensity(1 - (Percent / 100.0));
        var work = new PassWork(
            shape, _plan.Plan.Options.Topology.Threads, half, half, one.Pass == ConvolutionPass.Forward ? OperandDensity.Full : half,
            PacksWeights: false);
        var scheduler = _plan.Plan.SchedulerOf(one.Pass);
        return CallCost.Measure(() => scheduler.Choose(in work, one.HasMask));
    }

    private CallCost Images(BlockedTensor tensor)
    {
        var view = ImageView.Of(tensor);
        return CallCost.Measure(() => DensitySampler.OfImages(in view, tensor.N, SampledBlocks.OfImages((long)tensor.N * tensor.C * tensor.H * tensor.W)));
    }

    private unsafe CallCost Weights()
    {
        var (shape, forward) = (_operands.Data.Shape, _operands.Case.Pass == ConvolutionPass.Forward);
        fixed (float* pinned = _operands.Data.W)
        {
            var weights = (nint)pinned;
            return CallCost.Measure(() => DensitySampler.OfWeights((float*)weights, shape, forward, SampledBlocks.OfPackedWeights));
        }
    }
}
