using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using Xunit;

namespace SparseKernels.Tests;

/// <summary>Patterns that don't fit are named, with what was expected and what came, and nothing is written.</summary>
public sealed class ConvolutionPlanSparseArgumentTests : IDisposable
{
    private const float Untouched = 123;

    private static readonly ConvolutionShape s_shape = new(2, 3, 5, 6, 4, 3, 3, padding: 1);
    private static readonly OperandPair s_inputWeight = new(Operand.Input, Operand.Weight);

    private readonly ConvolutionPlan _plan = new(s_shape);
    private readonly float[] _x = new float[s_shape.InputLength];
    private readonly float[] _w = new float[s_shape.WeightLength];
    private readonly float[] _y = new float[s_shape.OutputLength];

    public ConvolutionPlanSparseArgumentTests()
    {
        foreach (var array in (float[][])[_x, _w, _y]) array.AsSpan().Fill(Untouched);
    }

    public void Dispose() => _plan.Dispose();

    [Fact]
    public void EveryPass_NoPatterns_Throws()
    {
        Assert.Throws<ArgumentNullException>("sparse", () => _plan.Forward(_x, _w, [], _y, null!));
        Assert.Throws<ArgumentNullException>("sparse", () => _plan.BackwardData(_y, _w, _x, null!));
        Assert.Throws<ArgumentNullException>("sparse", () => _plan.BackwardWeights(_x, _y, _w, [], null!));
        NothingWritten();
    }

    [Fact]
    public void EveryPass_DefaultPair_Throws()
    {
        foreach (var call in Calls(new SparseOperands(default(OperandPair)))) Rejected(call, "must name two operands");
    }

    [Fact]
    public void EveryPass_PairWithItsResultButNoMask_SaysWhichIsMissing()
    {
        Rejected(() => _plan.Forward(_x, _w, [], _y, new(new(Operand.Input, Operand.Output))), "InputOutput", "sparse.Output");
        Rejected(() => _plan.BackwardData(_y, _w, _x, new(new(Operand.Weight, Operand.Input))), "WeightInput", "sparse.Input");
        Rejected(() => _plan.BackwardWeights(_x, _y, _w, [], new(new(Operand.Weight, Operand.Output))), "WeightOutput", "sparse.Weight");
    }

    [Fact]
    public void EveryPass_MaskOfAnotherSize_NamesBothSizes()
    {
        foreach (var call in Calls(new SparseOperands(s_inputWeight) { Input = new FineMask(2, 3, 5, 7), Weight = AllWeights(s_shape) }, allowWeight: false))
            Rejected(call, "[2, 3, 5, 6]", "[2, 3, 5, 7]");
        foreach (var call in Calls(new SparseOperands(s_inputWeight) { Input = new FineMask(2, 3, 5, 6), Output = new FineMask(2, 5, 5, 6), Weight = AllWeights(s_shape) }, allowWeight: false))
            Rejected(call, "[2, 4, 5, 6]", "[2, 5, 5, 6]");
    }

    [Fact]
    public void BackwardWeights_PatternOfOtherWeights_NamesBothSizes() =>
        Rejected(
            () =>
                _plan.BackwardWeights(
                    _x, _y, _w, [], new(s_inputWeight) { Weight = AllWeights(new ConvolutionShape(2, 3, 5, 6, 5, 3, 3, padding: 1)) }),
            "[4, 3, 3, 3]", "[5, 3, 3, 3]");

    [Fact]
    public void ForwardAndBackwardData_WeightPattern_IsRefused()
    {
        var sparse = new SparseOperands(s_inputWeight) { Input = new FineMask(2, 3, 5, 6), Weight = AllWeights(s_shape) };
        Rejected(() => _plan.Forward(_x, _w, [], _y, sparse), "sparse.Weight");
        Rejected(() => _plan.BackwardData(_y, _w, _x, sparse), "sparse.Weight");
    }

    [Fact]
    public void BlockedForms_WrongPatterns_AreRefusedToo()
    {
        using BlockedTensor x = _plan.CreateInput(), y = _plan.CreateOutput();
        using var w = _plan.CreatePackedWeights();
        var sparse = new SparseOperands(s_inputWeight) { Output = new FineMask(2, 5, 5, 6) };
        Assert.Contains("[2, 5, 5, 6]", Assert.Throws<ArgumentException>(() => _plan.Forward(x, w, [], y, sparse)).Message);
        Assert.Contains("[2, 5, 5, 6]", Assert.Throws<ArgumentException>(() => _plan.BackwardData(y, w, x, sparse)).Message);
        Assert.Contains("[2, 5, 5, 6]", Assert.Throws<ArgumentException>(() => _plan.BackwardWeights(x, y, _w, [], sparse)).Message);
    }

    private static WeightPattern AllWeights(ConvolutionShape shape) =>
        WeightPattern.FromMask(shape, [.. Enumerable.Repeat(true, shape.WeightLength)]);

    private IEnumerable<Action> Calls(SparseOperands sparse, bool allowWeight = true)
    {
        var reads = allowWeight ? sparse : sparse with { Weight = null };
        yield return () => _plan.Forward(_x, _w, [], _y, reads);
        yield return () => _plan.BackwardData(_y, _w, _x, reads);
        yield return () => _plan.BackwardWeights(_x, _y, _w, [], sparse);
    }

    private void Rejected(Action call, params string[] expected)
    {
        var message = Assert.Throws<ArgumentException>(call).Message;
        Assert.All(expected, part => Assert.Contains(part, message));
        NothingWritten();
    }

    private void NothingWritten() => Assert.All(new[] { _x, _w, _y }, array => Assert.All(array, value => Assert.Equal(Untouched, value)));

    [Theory]
    [InlineData(double.NaN, 1)]
    [InlineData(-1, 1)]
    [InlineData(0.5, 1e9)]
    public static void AllPasses_DensityThatIsNoShare_NamesIt(double fine, double coarse)
    {
        var shape = new ConvolutionShape(1, 16, 4, 4, 16, 1, 1);
        using var plan = new ConvolutionPlan(shape);
        float[] x = new float[shape.InputLength], w = new float[shape.WeightLength], y = new float[shape.OutputLength];
        var input = new SparseOperands { InputDensity = new OperandDensity(fine, coarse) };
        var output = new SparseOperands { OutputDensity = new OperandDensity(fine, coarse) };
        Assert.Throws<ArgumentException>("sparse.InputDensity", () => plan.Forward(x, w, [], y, input));
        Assert.Throws<ArgumentException>("sparse.OutputDensity", () => plan.BackwardData(y, w, x, output));
        Assert.Throws<ArgumentException>("sparse.InputDensity", () => plan.BackwardWeights(x, y, w, [], input));
    }
}
