using SparseKernels.Isa;
using SparseKernels.Tensors;
using Xunit;

namespace SparseKernels.Tests;

/// <summary>A wrong argument is named, with what was expected and what came, and nothing is written.</summary>
public sealed class ConvolutionPlanArgumentTests : IDisposable
{
    private const float Untouched = 123;

    private static readonly ConvolutionShape s_shape = new(2, 3, 5, 6, 4, 3, 3, padding: 1);

    private readonly ConvolutionPlan _plan = new(s_shape);
    private readonly float[] _x = new float[s_shape.InputLength];
    private readonly float[] _w = new float[s_shape.WeightLength];
    private readonly float[] _y = new float[s_shape.OutputLength];
    private readonly float[] _bias = new float[s_shape.K];

    public ConvolutionPlanArgumentTests()
    {
        foreach (var array in (float[][])[_x, _w, _y, _bias]) array.AsSpan().Fill(Untouched);
    }

    public void Dispose() => _plan.Dispose();

    [Theory]
    [InlineData("x", -1)]
    [InlineData("x", 1)]
    [InlineData("w", -1)]
    [InlineData("w", 1)]
    [InlineData("bias", -1)]
    [InlineData("bias", 1)]
    [InlineData("y", -1)]
    [InlineData("y", 1)]
    public void Forward_PlainLengthOff_NamesArgumentShapeAndLengths(string argument, int off) => Rejected(argument, off, () =>
        _plan.Forward(Sized("x", _x, argument, off), Sized("w", _w, argument, off), Sized("bias", _bias, argument, off), Output("y", _y, argument, off)));

    [Theory]
    [InlineData("dy", -1)]
    [InlineData("dy", 1)]
    [InlineData("w", -1)]
    [InlineData("w", 1)]
    [InlineData("dx", -1)]
    [InlineData("dx", 1)]
    public void BackwardData_PlainLengthOff_NamesArgumentShapeAndLengths(string argument, int off) => Rejected(argument, off, () =>
        _plan.BackwardData(Sized("dy", _y, argument, off), Sized("w", _w, argument, off), Output("dx", _x, argument, off)));

    [Theory]
    [InlineData("x", -1)]
    [InlineData("x", 1)]
    [InlineData("dy", -1)]
    [InlineData("dy", 1)]
    [InlineData("dw", -1)]
    [InlineData("dw", 1)]
    [InlineData("dbias", -1)]
    [InlineData("dbias", 1)]
    public void BackwardWeights_PlainLengthOff_NamesArgumentShapeAndLengths(string argument, int off) => Rejected(argument, off, () =>
        _plan.BackwardWeights(Sized("x", _x, argument, off), Sized("dy", _y, argument, off), Output("dw", _w, argument, off), Output("dbias", _bias, argument, off)));

    [Theory]
    [InlineData(PlainLayout.Nchw)]
    [InlineData(PlainLayout.Nhwc)]
    public void AllPasses_PlainInEitherLayoutLengthOff_NameArgumentShapeAndLengths(PlainLayout layout)
    {
        using var w = _plan.CreatePackedWeights();
        foreach (var off in (int[])[-1, 1])
        {
            foreach (var argument in (string[])["x", "bias", "y"])
            {
                Rejected(argument, off, () => _plan.Forward(
                    Sized("x", _x, argument, off), w, Sized("bias", _bias, argument, off), Output("y", _y, argument, off), layout));
                Rejected(argument, off, () => _plan.Forward(
                    Sized("x", _x, argument, off), _w, Sized("bias", _bias, argument, off), Output("y", _y, argument, off), layout));
            }

            foreach (var argument in (string[])["dy", "dx"])
            {
                Rejected(argument, off, () => _plan.BackwardData(Sized("dy", _y, argument, off), w, Output("dx", _x, argument, off), layout));
                Rejected(argument, off, () => _plan.BackwardData(Sized("dy", _y, argument, off), _w, Output("dx", _x, argument, off), layout));
            }

            foreach (var argument in (string[])["x", "dy", "dw", "dbias"])
            {
                Rejected(argument, off, () => _plan.BackwardWeights(
                    Sized("x", _x, argument, off), Sized("dy", _y, argument, off), Output("dw", _w, argument, off), Output("dbias", _bias, argument, off), layout));
            }
        }
    }

    [Fact]
    public void AllPasses_PlainWithBadWeightsOverlapsOrLayout_NameTheArgument()
    {
        using var w = _plan.CreatePackedWeights();
        using var other = new ConvolutionPlan(s_shape);
        using var foreign = other.CreatePackedWeights();
        Assert.Throws<ArgumentNullException>("w", () => _plan.Forward(_x, (PackedWeights)null!, _bias, _y));
        Assert.Throws<ArgumentNullException>("w", () => _plan.BackwardData(_y, (PackedWeights)null!, _x));
        Assert.Throws<ArgumentException>("w", () => _plan.Forward(_x, foreign, _bias, _y));
        Assert.Throws<ArgumentException>("w", () => _plan.BackwardData(_y, foreign, _x));
        var both = new float[s_shape.InputLength + s_shape.OutputLength];
        Assert.Throws<ArgumentException>("y", () => _plan.Forward(both.AsSpan(0, s_shape.InputLength), w, [], both.AsSpan(0, s_shape.OutputLength)));
        Assert.Throws<ArgumentException>("dx", () => _plan.BackwardData(both.AsSpan(0, s_shape.OutputLength), w, both.AsSpan(0, s_shape.InputLength)));
        Assert.Throws<ArgumentOutOfRangeException>("layout", () => _plan.Forward(_x, w, _bias, _y, (PlainLayout)2));
        Assert.Throws<ArgumentOutOfRangeException>("layout", () => _plan.Forward(_x, _w, _bias, _y, (PlainLayout)2));
        Assert.Throws<ArgumentOutOfRangeException>("layout", () => _plan.BackwardData(_y, w, _x, (PlainLayout)(-1)));
        Assert.Throws<ArgumentOutOfRangeException>("layout", () => _plan.BackwardWeights(_x, _y, _w, _bias, (PlainLayout)2));
        w.Dispose();
        Assert.Throws<ObjectDisposedException>(() => _plan.Forward(_x, w, _bias, _y));
        foreach (var array in (float[][])[_x, _w, _y, _bias]) Assert.All(array, value => Assert.Equal(Untouched, value));
    }

    [Fact]
    public void Forward_OutputOverlapsAnInput_NamesBothAndWritesNothing()
    {
        var memory = Memory();
        Overlap("y", "x", memory, () => _plan.Forward(memory.AsSpan(0, _x.Length), _w, _bias, memory.AsSpan(_x.Length - 1, _y.Length)));
        Overlap("y", "w", memory, () => _plan.Forward(_x, memory.AsSpan(0, _w.Length), _bias, memory.AsSpan(_w.Length - 1, _y.Length)));
        Overlap(
            "y", "bias", memory, () => _plan.Forward(_x, _w, memory.AsSpan(0, _bias.Length), memory.AsSpan(_bias.Length - 1, _y.Length)));
        Overlap("y", "bias", memory, () => _plan.Forward(_x, _w, memory.AsSpan(_y.Length - 1, _bias.Length), memory.AsSpan(0, _y.Length)));
    }

    [Fact]
    public void BackwardData_OutputOverlapsAnInput_NamesBothAndWritesNothing()
    {
        var memory = Memory();
        Overlap("dx", "dy", memory, () => _plan.BackwardData(memory.AsSpan(0, _y.Length), _w, memory.AsSpan(_y.Length - 1, _x.Length)));
        Overlap("dx", "w", memory, () => _plan.BackwardData(_y, memory.AsSpan(0, _w.Length), memory.AsSpan(_w.Length - 1, _x.Length)));
    }

    [Fact]
    public void BackwardWeights_OutputOverlapsAnInput_NamesBothAndWritesNothing()
    {
        var memory = Memory();
        Overlap("dw", "x", memory, () => _plan.BackwardWeights(memory.AsSpan(0, _x.Length), _y, memory.AsSpan(_x.Length - 1, _w.Length), _bias));
        Overlap("dw", "dy", memory, () => _plan.BackwardWeights(_x, memory.AsSpan(0, _y.Length), memory.AsSpan(_y.Length - 1, _w.Length), _bias));
        Overlap(
            "dbias", "x", memory,
            () => _plan.BackwardWeights(memory.AsSpan(0, _x.Length), _y, _w, memory.AsSpan(_x.Length - 1, _bias.Length)));
        Overlap(
            "dbias", "dy", memory,
            () => _plan.BackwardWeights(_x, memory.AsSpan(0, _y.Length), _w, memory.AsSpan(_y.Length - 1, _bias.Length)));
        Overlap(
            "dw", "dbias", memory,
            () => _plan.BackwardWeights(_x, _y, memory.AsSpan(0, _w.Length), memory.AsSpan(_w.Length - 1, _bias.Length)));
    }

    [Fact]
    public void AllPasses_NeighboursInOneArray_AreNoOverlap()
    {
        var memory = Memory();
        _plan.Forward(memory.AsSpan(0, _x.Length), _w, _bias, memory.AsSpan(_x.Length, _y.Length));
        _plan.BackwardData(memory.AsSpan(0, _y.Length), _w, memory.AsSpan(_y.Length, _x.Length));
        _plan.BackwardWeights(
            memory.AsSpan(0, _x.Length), _y, memory.AsSpan(_x.Length, _w.Length), memory.AsSpan(_x.Length + _w.Length, _bias.Length));
        Assert.Equal(Untouched, memory[_x.Length - 1]);
    }

    [Fact]
    public void AllPasses_BlockedTensorNull_NamesTheArgument()
    {
        using BlockedTensor x = _plan.CreateInput(), y = _plan.CreateOutput();
        using var w = _plan.CreatePackedWeights();
        Assert.Equal("x", Assert.Throws<ArgumentNullException>(() => _plan.Forward(null!, w, [], y)).ParamName);
        Assert.Equal("w", Assert.Throws<ArgumentNullException>(() => _plan.Forward(x, null!, [], y)).ParamName);
        Assert.Equal("y", Assert.Throws<ArgumentNullException>(() => _plan.Forward(x, w, [], null!)).ParamName);
        Assert.Equal("dy", Assert.Throws<ArgumentNullException>(() => _plan.BackwardData(null!, w, x)).ParamName);
        Assert.Equal("w", Assert.Throws<ArgumentNullException>(() => _plan.BackwardData(y, null!, x)).ParamName);
        Assert.Equal("dx", Assert.Throws<ArgumentNullException>(() => _plan.BackwardData(y, w, null!)).ParamName);
        Assert.Equal("x", Assert.Throws<ArgumentNullException>(() => _plan.BackwardWeights(null!, y, _w, _bias)).ParamName);
        Assert.Equal("dy", Assert.Throws<ArgumentNullException>(() => _plan.BackwardWeights(x, null!, _w, _bias)).ParamName);
    }

    [Fact]
    public void AllPasses_BlockedTensorOfOtherSizes_NamesBothShapes()
    {
        using BlockedTensor x = _plan.CreateInput(), y = _plan.CreateOutput();
        using var w = _plan.CreatePackedWeights();
        foreach (var (n, c, h, width) in ((int, int, int, int)[])[(1, 3, 5, 6), (2, 16, 5, 6), (2, 3, 6, 5), (2, 3, 5, 7)])
        {
            using var other = new BlockedTensor(n, c, h, width);
            Check("x", () => _plan.Forward(other, w, [], y));
            Check("dx", () => _plan.BackwardData(y, w, other));
            Check("x", () => _plan.BackwardWeights(other, y, _w, _bias));

            void Check(string argument, Action action)
            {
                var error = Assert.Throws<ArgumentException>(action);
                Assert.Equal(argument, error.ParamName);
                Assert.Contains("[2, 3, 5, 6]", error.Message);
                Assert.Contains($"[{n}, {c}, {h}, {width}]", error.Message);
            }
        }

        using var wrong = new BlockedTensor(2, 5, 5, 6);
        Assert.Equal("y", Assert.Throws<ArgumentException>(() => _plan.Forward(x, w, [], wrong)).ParamName);
        Assert.Equal("dy", Assert.Throws<ArgumentException>(() => _plan.BackwardData(wrong, w, x)).ParamName);
        Assert.Equal("dy", Assert.Throws<ArgumentException>(() => _plan.BackwardWeights(x, wrong, _w, _bias)).ParamName);
    }

    [Fact]
    public void AllPasses_WeightsOfAnotherPlan_NamesBothShapes()
    {
        var otherShape = s_shape.WithBatch(1);
        using var otherPlan = new ConvolutionPlan(otherShape);
        using var w = otherPlan.CreatePackedWeights();
        using BlockedTensor x = _plan.CreateInput(), y = _plan.CreateOutput();
        foreach (var error in (ArgumentException[])[Assert.Throws<ArgumentException>(() => _plan.Forward(x, w, [], y)), Assert.Throws<ArgumentException>(() => _plan.BackwardData(y, w, x))])
        {
            Assert.Equal("w", error.ParamName);
            Assert.Contains(s_shape.ToString(), error.Message);
            Assert.Contains(otherShape.ToString(), error.Message);
        }
    }

    [Fact]
    public void AllPasses_OneTensorAsInputAndOutput_IsAnOverlap()
    {
        var square = new ConvolutionShape(1, 4, 5, 5, 4, 3, 3, padding: 1);
        using var plan = new ConvolutionPlan(square);
        using var tensor = plan.CreateInput();
        using var w = plan.CreatePackedWeights();
        Assert.Equal("y", Assert.Throws<ArgumentException>(() => plan.Forward(tensor, w, [], tensor)).ParamName);
        Assert.Equal("dx", Assert.Throws<ArgumentException>(() => plan.BackwardData(tensor, w, tensor)).ParamName);
    }

    [Fact]
    public void Update_LengthOff_NamesArgumentAndKeepsTheWeights()
    {
        using var w = _plan.CreatePackedWeights();
        var error = Assert.Throws<ArgumentException>(() => w.Update(new float[_w.Length + 1]));
        Assert.Equal("w", error.ParamName);
        Assert.Contains($"{_w.Length}", error.Message);
        Assert.Contains($"{_w.Length + 1}", error.Message);
    }

    [Fact]
    public void AllPasses_DisposedTensorOrWeights_Throw()
    {
        using BlockedTensor x = _plan.CreateInput(), y = _plan.CreateOutput();
        BlockedTensor deadX = _plan.CreateInput(), deadY = _plan.CreateOutput();
        PackedWeights w = _plan.CreatePackedWeights(), deadW = _plan.CreatePackedWeights();
        foreach (var dead in (IDisposable[])[deadX, deadY, deadW]) dead.Dispose();
        Assert.Throws<ObjectDisposedException>(() => _plan.Forward(deadX, w, [], y));
        Assert.Throws<ObjectDisposedException>(() => _plan.Forward(x, deadW, [], y));
        Assert.Throws<ObjectDisposedException>(() => _plan.Forward(x, w, [], deadY));
        Assert.Throws<ObjectDisposedException>(() => _plan.BackwardData(deadY, w, x));
        Assert.Throws<ObjectDisposedException>(() => _plan.BackwardData(y, deadW, x));
        Assert.Throws<ObjectDisposedException>(() => _plan.BackwardData(y, w, deadX));
        Assert.Throws<ObjectDisposedException>(() => _plan.BackwardWeights(deadX, y, _w, _bias));
        Assert.Throws<ObjectDisposedException>(() => _plan.BackwardWeights(x, deadY, _w, _bias));
        Assert.Throws<ObjectDisposedException>(() => deadW.Update(_w));
        deadW.Dispose();
        w.Dispose();
    }

    [Fact]
    public void Dispose_PlanAfterUse_RejectsFurtherCallsAndASecondDisposeDoesNothing()
    {
        var plan = new ConvolutionPlan(s_shape);
        plan.Forward(_x, _w, _bias, _y);
        plan.Dispose();
        plan.Dispose();
        Assert.Throws<ObjectDisposedException>(() => plan.Forward(_x, _w, _bias, _y));
        Assert.Throws<ObjectDisposedException>(() => plan.BackwardData(_y, _w, _x));
        Assert.Throws<ObjectDisposedException>(() => plan.BackwardWeights(_x, _y, _w, _bias));
        foreach (var create in (Func<object>[])[plan.CreateInput, plan.CreateOutput, plan.CreatePackedWeights])
            Assert.Equal(nameof(ConvolutionPlan), Assert.Throws<ObjectDisposedException>(create).ObjectName);
    }

    [Fact]
    public void AllCalls_DisposedObject_IsNamed()
    {
        using BlockedTensor x = _plan.CreateInput(), y = _plan.CreateOutput();
        var dead = _plan.CreatePackedWeights();
        dead.Dispose();
        Assert.Equal(nameof(PackedWeights), Assert.Throws<ObjectDisposedException>(() => dead.Update(_w)).ObjectName);
        Assert.Equal(nameof(PackedWeights), Assert.Throws<ObjectDisposedException>(() => _plan.Forward(x, dead, [], y)).ObjectName);
        x.Dispose();
        Assert.Equal(nameof(BlockedTensor), Assert.Throws<ObjectDisposedException>(() => x.AsSpan().Length).ObjectName);
    }

    [Fact]
    public void Options_Null_NamesTheProperty()
    {
        Assert.Throws<ArgumentNullException>("Topology", () => new ConvolutionOptions { Topology = null! });
        Assert.Throws<ArgumentNullException>("Schedule", () => new ConvolutionOptions { Schedule = null! });
    }

    [Fact]
    public void BlockedTensor_UndefinedLayout_NamesTheArgument() =>
        Assert.Throws<ArgumentOutOfRangeException>("layout", () => new BlockedTensor(1, 1, 1, 1, (BlockedLayout)7));

    [Fact]
    public void Construction_ShapeNull_NamesTheArgument() =>
        Assert.Equal("shape", Assert.Throws<ArgumentNullException>(() => new ConvolutionPlan(null!)).ParamName);

    [Fact]
    public void Construction_UnavailableInstructionSet_NamesItAndTheAvailable()
    {
        var missing = Enum.GetValues<InstructionSetKind>().First(kind => !InstructionSet.IsAvailable(kind));
        var error = Assert.Throws<PlatformNotSupportedException>(
            () => new ConvolutionPlan(s_shape, new ConvolutionOptions { InstructionSet = missing }));
        Assert.Contains(InstructionSet.NameOf(missing), error.Message);
        Assert.Contains(string.Join(", ", InstructionSet.Available.Select(InstructionSet.NameOf)), error.Message);
    }

    /// <summary>The call must throw for the argument, name its expected and its own length, and leave every result as it was.</summary>
    private void Rejected(string argument, int off, Action call)
    {
        var expected = argument switch
        {
            "x" or "dx" => s_shape.InputLength,
            "w" or "dw" => s_shape.WeightLength,
            "y" or "dy" => s_shape.OutputLength,
            _ => s_shape.K,
        };
        var error = Assert.Throws<ArgumentException>(call);
        Assert.Equal(argument, error.ParamName);
        Assert.Contains($"{expected}", error.Message);
        Assert.Contains($"{expected + off}", error.Message);
        Assert.Contains(s_shape.ToString(), error.Message);
        Assert.All((float[][])[_x, _w, _y, _bias], array => Assert.DoesNotContain(array, value => value != Untouched));
    }

    private static float[] Sized(string name, float[] right, string wrongName, int off) =>
        name == wrongName ? new float[right.Length + off] : right;

    private static Span<float> Output(string name, float[] right, string wrongName, int off) => Sized(name, right, wrongName, off);

    private static float[] Memory()
    {
        var memory = new float[s_shape.InputLength + s_shape.WeightLength + s_shape.OutputLength + s_shape.K];
        memory.AsSpan().Fill(Untouched);
        return memory;
    }

    private static void Overlap(string output, string input, float[] memory, Action call)
    {
        var error = Assert.Throws<ArgumentException>(call);
        Assert.Equal(output, error.ParamName);
        Assert.Contains(output, error.Message);
        Assert.Contains(input, error.Message);
        Assert.DoesNotContain(memory, value => value != Untouched);
    }
}
