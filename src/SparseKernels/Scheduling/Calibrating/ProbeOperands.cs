using SparseKernels.Isa;
using SparseKernels.Passes.Frame;
using SparseKernels.Scheduling.Cost;
using SparseKernels.Scheduling.Plans;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using SparseKernels.Threading;

namespace SparseKernels.Scheduling.Calibrating;

/// <summary>The passes of a plan with operands that have random zeros, and calls of them by each candidate.</summary>
internal sealed unsafe class ProbeOperands : IDisposable
{
    private readonly ConvolutionShape _shape;
    private readonly PlanPasses _passes;
    private readonly ProbeTensors[] _tensors;
    private readonly PackedForms _packed;
    private readonly float[] _weights;
    private readonly float[] _dw;
    private readonly FineMask _inputMask;
    private readonly FineMask _outputMask;
    private readonly WeightPattern _pattern;
    private readonly OperandDensity[] _ofReads;
    private readonly OperandDensity[] _ofMasks;

    public ProbeOperands(ConvolutionShape shape, ProbeZeros zeros, InstructionSetKind isa)
    {
        _shape = shape;
        var random = new Random(1);
        var model = new Lazy<ICostModel>(() => new CostModel(BuiltInCalibration.Of(isa), isa));
        _passes = new PlanPasses(
            shape, new PassMachine(isa, ComputeTopology.FromThreads(1)), KernelSchedule.Dense, model, range: null, nameof(ProbeOperands));
        using (var passes = _passes.Enter())
        {
            var borders = passes.Borders;
            _tensors = Array.ConvertAll(Enum.GetValues<BlockedLayout>(), layout => new ProbeTensors(shape, layout, borders));
        }

        _packed = new PackedForms(shape, nameof(ProbeOperands));
        _dw = new float[shape.WeightLength];
        var (x, xDensity) = Data(_tensors[0].X, random, zeros);
        var (dy, dyDensity) = Data(_tensors[0].Dy, random, zeros);
        foreach (var tensors in _tensors)
        {
            tensors.X.CopyFromNchw(x);
            tensors.Dy.CopyFromNchw(dy);
        }

        _weights = Weights(random, zeros);
        _packed.Update(_weights);
        _pattern = WeightPattern.FromWeights(shape, _weights);
        var weightDensity = new OperandDensity(_pattern.FineDensity, _pattern.CoarseDensity);
        (_inputMask, var inputDensity) = Mask(_tensors[0].X, random, zeros);
        (_outputMask, var outputDensity) = Mask(_tensors[0].Y, random, zeros);
        _ofReads = [xDensity, weightDensity, dyDensity];
        _ofMasks = [inputDensity, weightDensity, outputDensity];
    }

    /// <summary>What a call has to do.</summary>
    public PassWork WorkOf(ProbeCall call)
    {
        var result = Candidate.ResultOf(call.Candidate.Pass);
        OperandDensity Of(Operand operand) =>
            operand != result ? _ofReads[(int)operand] : HasMask(call) ? _ofMasks[(int)operand] : OperandDensity.Full;
        return new PassWork(_shape, 1, Of(Operand.Input), Of(Operand.Weight), Of(Operand.Output), call.Packs, call.Clears);
    }

    /// <summary>Does a call.</summary>
    public void Run(ProbeCall call)
    {
        if (call.Packs) _packed.Update(_weights);
        var hasMask = HasMask(call);
        var sparse = new SparseOperands(call.Candidate.Pair) { ClearsResult = call.Clears };
        using var passes = _passes.Enter();
        var tensors = _tensors[(int)call.Candidate.Layout];
        switch (call.Candidate.Pass)
        {
            case ConvolutionPass.Forward:
                sparse.Output = hasMask ? _outputMask : null;
                passes.Forward(tensors.X, new CallWeights(_packed), [], tensors.Y, sparse);
                break;
            case ConvolutionPass.BackwardData:
                sparse.Input = hasMask ? _inputMask : null;
                passes.BackwardData(tensors.Dy, new CallWeights(_packed), tensors.Dx, sparse);
                break;
            default:
                sparse.Weight = hasMask ? _pattern : null;
                passes.BackwardWeights(tensors.X, tensors.Dy, _dw, [], sparse);
                break;
        }
    }

    public void Dispose()
    {
        foreach (var owned in (IDisposable[])[.. _tensors, _packed, _passes]) owned.Dispose();
    }

    private static bool HasMask(ProbeCall call) => call.Clears || !call.Candidate.NeedsNoMask;

    private static (float[] Values, OperandDensity Density) Data(BlockedTensor tensor, Random random, ProbeZeros zeros)
    {
        var (plane, values) = (tensor.H * tensor.W, new float[tensor.N * tensor.C * tensor.H * tensor.W]);
        var live = new bool[tensor.C];
        for (var c = 0; c < live.Length; c++) live[c] = random.NextDouble() < zeros.Channels;
        live[0] = true;
        var count = 0;
        for (var i = 0; i < values.Length; i++)
        {
            if (!live[i / plane % tensor.C] || random.NextDouble() >= zeros.Data) continue;
            values[i] = random.NextSingle() + 0.5f;
            count++;
        }

        return (values, new OperandDensity((double)count / values.Length, (double)live.Count(alive => alive) / live.Length));
    }

    private float[] Weights(Random random, ProbeZeros zeros)
    {
        var (values, rows) = (new float[_shape.WeightLength], _shape.GroupC * _shape.R);
        var live = new bool[LaneBlock.Count(_shape.K) * rows];
        for (var i = 0; i < live.Length; i++) live[i] = random.NextDouble() < zeros.Groups;
        for (var i = 0; i < values.Length; i++)
        {
            var row = i / _shape.S;
            if (live[row / rows / LaneBlock.Size * rows + row % rows] && random.NextDouble() < zeros.Weights)
                values[i] = random.NextSingle() - 0.5f;
        }

        return values;
    }

    private static (FineMask Mask, OperandDensity Density) Mask(BlockedTensor tensor, Random random, ProbeZeros zeros)
    {
        var mask = new FineMask(tensor.N, tensor.C, tensor.H, tensor.W);
        var (blocks, plane, live) = (LaneBlock.Count(tensor.C), tensor.H * tensor.W, 0);
        var rowIsLive = true;
        for (var i = 0; i < mask.Words.Length; i++)
        {
            // Dead pixels come in rows, as those of a region that nothing wants do.
            if (i % tensor.W == 0) rowIsLive = random.NextDouble() < zeros.Rows;
            if (!rowIsLive) continue;
            var channels = Math.Min(LaneBlock.Size, tensor.C - i / plane % blocks * LaneBlock.Size);
            for (var lane = 0; lane < channels; lane++)
            {
                if (random.NextDouble() < zeros.Mask) mask.Words[i] |= (ushort)(1 << lane);
            }

            if (mask.Words[i] != 0) live++;
        }

        return (mask, new OperandDensity(mask.Density, (double)live / mask.Words.Length));
    }
}
