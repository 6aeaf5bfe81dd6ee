using SparseKernels.Onnx.Proto;
using SparseKernels.Onnx.Reading;
using SparseKernels.Onnx.Tests.Support;
using Xunit;

namespace SparseKernels.Onnx.Tests.Reading;

/// <summary>Each rule, by a graph that breaks it alone.</summary>
public sealed class GraphCheckerTests
{
    [Fact]
    public void Check_GoodGraph_Passes() => GraphChecker.Check(Row().Proto.Graph);

    [Fact]
    public void Check_Cycle_NamesItsNodesAlone()
    {
        var model = new TinyModel().Input("x", 1).Node("Relu", ["x"], "r").Node("Add", ["r", "c"], "a").Node("Relu", ["a"], "b")
            .Node("Sigmoid", ["b"], "c").Output("c");
        var message = Assert.Throws<InvalidDataException>(() => GraphChecker.Check(model.Proto.Graph)).Message;
        Assert.Contains("read each other's outputs in a circle", message);
        Assert.All(["Add 'Add_1'", "Relu 'Relu_2'", "Sigmoid 'Sigmoid_3'"], node => Assert.Contains(node, message));
        Assert.DoesNotContain("Relu_0", message);
    }

    [Fact]
    public void Check_NodeBeforeItsSource_NamesBoth() => ExpectBroken(
        new TinyModel().Input("x", 1).Node("Relu", ["s"], "y").Node("Sigmoid", ["x"], "s").Output("y"),
        "Relu 'Relu_0' reads 's' before Sigmoid 'Sigmoid_1' writes it");

    [Fact]
    public void Check_DanglingInput_NamesIt() =>
        ExpectBroken(new TinyModel().Input("x", 1).Node("Relu", ["z"], "y").Output("y"), "Relu 'Relu_0' reads 'z', which nothing writes");

    [Fact]
    public void Check_OutputThatNothingWrites_NamesIt() => ExpectBroken(Row().Output("z"), "nothing writes the output 'z'");

    [Fact]
    public void Check_ValueWrittenTwice_NamesBothNodes() =>
        ExpectBroken(Row().Node("Sigmoid", ["x"], "y"), "Sigmoid 'Sigmoid_1' writes 'y', which Relu 'Relu_0' has written");

    [Fact]
    public void Check_InputWritten_NamesIt() => ExpectBroken(Row().Node("Sigmoid", ["x"], "x"), "writes 'x', which an input or initialiser has written");

    [Fact]
    public void Check_InputTwice_NamesIt() => ExpectBroken(Row().Input("x", 1), "there are two inputs 'x'");

    [Fact]
    public void Check_InitialiserTwice_NamesIt() => ExpectBroken(Row().Scalar("w", 1).Scalar("w", 2), "there are two initialisers 'w'");

    [Fact]
    public void Check_InitialiserWithoutName_IsRefused() => ExpectBroken(Row().Scalar("", 1), "an initialiser has no name");

    [Fact]
    public void Check_NoNodes_IsRefused() => ExpectBroken(new TinyModel().Input("x", 1).Output("x"), "the graph has no nodes");

    [Fact]
    public void Check_NoOutputs_IsRefused() => ExpectBroken(new TinyModel().Input("x", 1).Node("Relu", ["x"], "y"), "the graph has no outputs");

    [Fact]
    public void Check_AttributeTwice_NamesIt() => ExpectBroken(Row(("axis", 1), ("axis", 2)), "Relu 'Relu_0' has the attribute 'axis' twice");

    [Fact]
    public void Check_AttributeOfUnknownType_NamesIt()
    {
        var model = Row(("axis", 1));
        model.Proto.Graph.Node[0].Attribute[0].Type = (AttributeProto.Types.AttributeType)77;
        ExpectBroken(model, "attribute 'axis' of Relu 'Relu_0' is of an unknown type 77");
    }

    [Fact]
    public void Check_NodeWithoutOperator_NamesIt()
    {
        var model = Row();
        model.Proto.Graph.Node[0].OpType = "";
        ExpectBroken(model, "the node 'Relu_0' has no operator");
    }

    private static TinyModel Row(params (string Name, object Value)[] attributes) =>
        new TinyModel().Input("x", 1).Node("Relu", ["x"], "y", attributes).Output("y");

    private static void ExpectBroken(TinyModel model, string message) =>
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => GraphChecker.Check(model.Proto.Graph)).Message);
}
