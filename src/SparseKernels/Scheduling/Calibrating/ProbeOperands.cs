using SparseKernels.Isa;
using SparseKernels.Passes.Frame;
using SparseKernels.Scheduling.Cost;
using SparseKernels.Scheduling.Plans;
using SparseKernels.Sparsity;
using SparseKernels.Threading;
using static SparseKernels.Geometry.Cut;

namespace SparseKernels.Scheduling.Calibrating;

/// <summary>
/// The passes of a plan with operands that have random zeros, and calls of them by each candidate. Each call takes the next of several
/// <see cref="ProbeActivations"/>, since those of training are new in every step: what a processor's branch prediction has learnt of one call's
/// zeros, and what its caches hold of them, helps no other.
/// </summary>
internal sealed unsafe class ProbeOperands : IDisposable
{
    /// <summary>Elements of x, or of y if they are more, in all activations together, as far as <see cref="MostActivations"/> allows.</summary>
    private const int Elements = 1 << 20;

    private const int FewestActivations = 2, MostActivations = 32;

    private readonly ConvolutionShape _shape;
    private readonly PlanPasses _passes;
    private readonly ProbeActivations[] _activations;
    private readonly PackedForms _packed;
    private readonly float[] _weights;
    private readonly float[] _dw;
    private readonly WeightPattern _pattern;
    private readonly OperandDensity[] _ofReads;
    private readonly OperandDensity[] _ofMasks;
    private int _calls;

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
            var sets = Ceiling(Elements, Math.Max(shape.InputLength, shape.OutputLength));
            _activations = new ProbeActivations[Math.Clamp(sets, FewestActivations, MostActivations)];
            for (var i = 0; i < _activations.Length; i++) _activations[i] = new ProbeActivations(shape, zeros, borders, random);
        }

        _packed = new PackedForms(shape, nameof(ProbeOperands));
        _dw = new float[shape.WeightLength];
        _weights = Weights(random, zeros);
        _packed.Update(_weights);
        _pattern = WeightPattern.FromWeights(shape, _weights);
        var weightDensity = new OperandDensity(_pattern.FineDensity, _pattern.CoarseDensity);
        _ofReads = [Mean(one => one.InputDensity), weightDensity, Mean(one => one.OutputDensity)];
        _ofMasks = [Mean(one => one.InputMaskDensity), weightDensity, Mean(one => one.OutputMaskDensity)];
    }

    /// <summary>What calls take in turn.</summary>
    internal IReadOnlyList<ProbeActivations> Activations => _activations;

    /// <summary>What a call has to do, with the mean density of all activations.</summary>
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
        var activations = _activations[_calls++ % _activations.Length];
        var tensors = activations.In(call.Candidate.Layout);
        switch (call.Candidate.Pass)
        {
            case ConvolutionPass.Forward:
                sparse.Output = hasMask ? activations.OutputMask : null;
                passes.Forward(tensors.X, new CallWeights(_packed), [], tensors.Y, sparse);
                break;
            case ConvolutionPass.BackwardData:
                sparse.Input = hasMask ? activations.InputMask : null;
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
        foreach (var owned in (IDisposable[])[.. _activations, _packed, _passes]) owned.Dispose();
    }

    private static bool HasMask(ProbeCall call) => call.Clears || !call.Candidate.NeedsNoMask;

    private OperandDensity Mean(Func<ProbeActivations, OperandDensity> of) =>
        new(_activations.Average(one => of(one).Fine), _activations.Average(one => of(one).Coarse));

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
}
