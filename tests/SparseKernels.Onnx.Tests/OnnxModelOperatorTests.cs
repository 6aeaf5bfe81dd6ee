using SparseKernels.Onnx.Tests.Support;
using SparseKernels.TestSupport;
using SparseKernels.Training.Tensors;
using Xunit;

namespace SparseKernels.Onnx.Tests;

/// <summary>Every operator behind a convolution, in the forms that exporters write, against ONNX Runtime.</summary>
public sealed class OnnxModelOperatorTests
{
    private static readonly FeatureShape s_input = new(3, 9, 8);

    /// <summary>Name, opset, and what is put behind a convolution that writes "c" of 6 channels; it writes "y".</summary>
    private static readonly Dictionary<string, (int Opset, Action<TinyModel> Add)> s_cases = new()
    {
        ["conv strided"] = (11, m => m.Weights("k", [4, 6, 3, 3], Values(216)).Node("Conv", ["c", "k"], "y", ("strides", Both(2)), ("pads", Sides(1)))),
        ["conv asymmetric"] = (8, m => m.Weights("k", [4, 6, 3, 3], Values(216))
            .Node("Conv", ["c", "k"], "y", ("strides", Both(2)), ("pads", new[] { 1, 1, 0, 0 }))),
        ["conv dilated"] = (11, m => m.Weights("k", [4, 6, 3, 3], Values(216)).Node("Conv", ["c", "k"], "y", ("dilations", Both(2)))),
        ["conv depthwise"] = (11, m => m.Weights("k", [6, 1, 3, 3], Values(54)).Node("Conv", ["c", "k"], "y", ("group", 6), ("pads", Sides(1)))),
        ["conv groups"] = (11, m => m.Weights("k", [4, 3, 1, 1], Values(12)).Node("Conv", ["c", "k"], "y", ("group", 2))),
        ["conv same upper"] = (11, m => m.Weights("k", [4, 6, 2, 3], Values(144))
            .Node("Conv", ["c", "k"], "y", ("strides", Both(2)), ("auto_pad", "SAME_UPPER"))),
        ["conv same lower"] = (11, m => m.Weights("k", [4, 6, 2, 3], Values(144))
            .Node("Conv", ["c", "k"], "y", ("strides", Both(2)), ("auto_pad", "SAME_LOWER"))),
        ["conv valid"] = (11, m => m.Weights("k", [4, 6, 2, 3], Values(144)).Node("Conv", ["c", "k"], "y", ("auto_pad", "VALID"))),
        ["conv then add"] = (11, m => m.Weights("k", [4, 6, 1, 1], Values(24)).Weights("b", [1, 4, 1, 1], Values(4)).Node("Conv", ["c", "k"], "p")
            .Node("Add", ["p", "b"], "y")),
        ["conv transposed"] = (11, m => m.Weights("k", [6, 4, 3, 3], Values(216)).Weights("b", [4], Values(4))
            .Node("ConvTranspose", ["c", "k", "b"], "y", ("strides", Both(2)), ("pads", Sides(1)), ("output_padding", Both(1)))),
        ["conv transposed groups"] = (11, m => m.Weights("k", [6, 2, 2, 2], Values(48))
            .Node("ConvTranspose", ["c", "k"], "y", ("strides", Both(2)), ("group", 2))),
        ["conv transposed same"] = (11, m => m.Weights("k", [6, 4, 3, 3], Values(216))
            .Node("ConvTranspose", ["c", "k"], "y", ("strides", Both(2)), ("auto_pad", "SAME_UPPER"))),
        ["batch normalisation"] = (9, m => Normalise(m, "c", "y")),
        ["batch normalisation relu"] = (15, m => Normalise(m, "c", "n").Node("Relu", ["n"], "y")),
        ["residual"] = (15, m => Normalise(m, "c", "n").Node("Add", ["n", "c"], "s").Node("Relu", ["s"], "y")),
        ["residual swapped"] = (15, m => Normalise(m, "c", "n").Node("Add", ["c", "n"], "s").Node("Relu", ["s"], "y")),
        ["residual read twice"] = (15, m => Normalise(m, "c", "n").Node("Add", ["c", "n"], "s").Node("Relu", ["s"], "r").Node("Add", ["r", "s"], "y")),
        ["relu"] = (11, m => m.Node("Relu", ["c"], "y")),
        ["add relu"] = (11, m => m.Node("Sigmoid", ["c"], "g").Node("Add", ["c", "g"], "s").Node("Relu", ["s"], "y")),
        ["sum of three"] = (11, m => m.Node("Sigmoid", ["c"], "g").Node("Relu", ["c"], "r").Node("Sum", ["c", "g", "r"], "y")),
        ["leaky relu"] = (11, m => m.Node("LeakyRelu", ["c"], "y", ("alpha", 0.2f))),
        ["prelu of one slope"] = (11, m => m.Weights("s", [6, 1, 1], [.. Enumerable.Repeat(0.25f, 6)]).Node("PRelu", ["c", "s"], "y")),
        ["clip attributes"] = (7, m => m.Node("Clip", ["c"], "y", ("min", -0.5f), ("max", 0.25f))),
        ["clip inputs"] = (13, m => m.Scalar("lo", 0).Scalar("hi", 6).Node("Clip", ["c", "lo", "hi"], "y")),
        ["clip without minimum"] = (13, m => m.Scalar("hi", 0.25f).Node("Clip", ["c", "", "hi"], "y")),
        ["clip constant nodes"] = (13, m => m.Node("Constant", [], "lo", ("value", TinyModel.Floats("", [], [0f]))).Node("Clip", ["c", "lo"], "y")),
        ["sigmoid"] = (13, m => m.Node("Sigmoid", ["c"], "y")),
        ["silu"] = (13, m => m.Node("Sigmoid", ["c"], "g").Node("Mul", ["c", "g"], "y")),
        ["hard sigmoid sixth"] = (13, m => m.Node("HardSigmoid", ["c"], "y", ("alpha", 1 / 6f), ("beta", 0.5f))),
        ["hard sigmoid default"] = (13, m => m.Node("HardSigmoid", ["c"], "y")),
        ["hard swish"] = (14, m => m.Node("HardSwish", ["c"], "y")),
        ["hard swish of hard sigmoid"] = (13, m => m.Node("HardSigmoid", ["c"], "g", ("alpha", 1 / 6f)).Node("Mul", ["c", "g"], "y")),
        ["hard swish div last"] = (11, m => Clipped(m).Node("Mul", ["c", "k"], "p").Node("Div", ["p", "six"], "y")),
        ["hard swish div first"] = (11, m => Clipped(m).Node("Div", ["k", "six"], "g").Node("Mul", ["g", "c"], "y")),
        ["hard swish mul"] = (11, m => Clipped(m).Scalar("sixth", 1 / 6f).Node("Mul", ["c", "k"], "p").Node("Mul", ["p", "sixth"], "y")),
        ["dropout attribute"] = (7, m => m.Node("Dropout", ["c"], "y", ("ratio", 0.3f))),
        ["dropout input"] = (13, m => m.Scalar("ratio", 0.3f).Node("Dropout", ["c", "ratio"], "y")),
        ["max pool"] = (12, m => m.Node("MaxPool", ["c"], "y", ("kernel_shape", Both(3)), ("strides", Both(2)), ("pads", Sides(1)))),
        ["max pool asymmetric"] = (8, m => m.Node("MaxPool", ["c"], "y", ("kernel_shape", Both(3)), ("strides", Both(2)), ("pads", new[] { 0, 0, 1, 1 }))),
        ["max pool ceil"] = (12, m => m.Node("MaxPool", ["c"], "y", ("kernel_shape", Both(2)), ("strides", Both(2)), ("ceil_mode", 1))),
        ["max pool dilated"] = (12, m => m.Node("MaxPool", ["c"], "y", ("kernel_shape", Both(2)), ("dilations", Both(2)))),
        ["average pool"] = (11, m => m.Node("AveragePool", ["c"], "y", ("kernel_shape", Both(3)), ("strides", Both(2)), ("pads", Sides(1)))),
        ["average pool counting"] = (11, m => m.Node("AveragePool", ["c"], "y", ("kernel_shape", Both(3)), ("pads", Sides(1)), ("count_include_pad", 1))),
        ["average pool same"] = (11, m => m.Node("AveragePool", ["c"], "y", ("kernel_shape", Both(2)), ("strides", Both(2)), ("auto_pad", "SAME_UPPER"))),
        ["average pool ceil"] = (12, m => m.Node("AveragePool", ["c"], "y", ("kernel_shape", Both(2)), ("strides", Both(2)), ("ceil_mode", 1))),
        ["global average"] = (11, m => m.Node("GlobalAveragePool", ["c"], "y")),
        ["global maximum"] = (11, m => m.Node("GlobalMaxPool", ["c"], "y")),
        ["reduce mean attribute"] = (11, m => m.Node("ReduceMean", ["c"], "y", ("axes", new[] { 2, 3 }), ("keepdims", 0))),
        ["reduce mean input"] = (18, m => m.Integers("a", -1, -2).Node("ReduceMean", ["c", "a"], "y")),
        ["concat"] = (11, m => m.Node("Relu", ["c"], "r").Node("Sigmoid", ["c"], "g").Node("Concat", ["r", "c", "g"], "y", ("axis", 1))),
        ["squeeze and excite"] = (13, m => m.Weights("k", [6, 6, 1, 1], Values(36)).Node("GlobalAveragePool", ["c"], "p").Node("Conv", ["p", "k"], "e")
            .Node("HardSigmoid", ["e"], "s").Node("Mul", ["s", "c"], "y")),
        ["product"] = (13, m => m.Node("Relu", ["c"], "r").Node("Mul", ["c", "r"], "y")),
        ["per channel affine"] = (13, m => m.Weights("a", [6, 1, 1], Values(6)).Weights("s", [1, 6, 1, 1], [.. Values(6).Select(v => v + 3)])
            .Node("Sub", ["c", "a"], "t").Node("Div", ["t", "s"], "y")),
        ["scalar arithmetic"] = (13, m => m.Scalar("two", 2).Node("Mul", ["two", "c"], "t").Node("Sub", ["two", "t"], "y")),
        ["gemm"] = (13, m => m.Weights("w", [5, 432], Values(2160)).Weights("b", [5], Values(5)).Node("Flatten", ["c"], "f")
            .Node("Gemm", ["f", "w", "b"], "y", ("transB", 1))),
        ["gemm scaled"] = (13, m => m.Weights("w", [432, 5], Values(2160)).Weights("b", [1], [0.5f]).Node("Flatten", ["c"], "f")
            .Node("Gemm", ["f", "w", "b"], "y", ("alpha", 0.5f), ("beta", 2f))),
        ["matmul and add"] = (13, m => m.Weights("w", [432, 5], Values(2160)).Weights("b", [5], Values(5)).Integers("s", 0, -1).Node("Reshape", ["c", "s"], "f")
            .Node("MatMul", ["f", "w"], "p").Node("Add", ["b", "p"], "y")),
        ["gemm behind squeeze"] = (13, m => m.Weights("w", [6, 5], Values(30)).Integers("a", 2, 3).Node("GlobalAveragePool", ["c"], "p")
            .Node("Squeeze", ["p", "a"], "f")
            .Node("Gemm", ["f", "w"], "y")),
        ["reshape by computed shape"] = (11, m => m.Weights("w", [432, 5], Values(2160)).Integers("zero", 0).Integers("rest", -1)
            .Node("Shape", ["c"], "sh").Node("Gather", ["sh", "zero"], "n", ("axis", 0)).Node("Concat", ["n", "rest"], "s", ("axis", 0))
            .Node("Reshape", ["c", "s"], "f").Node("MatMul", ["f", "w"], "y")),
        ["flattened and used"] = (13, m => m.Node("Flatten", ["c"], "f").Node("Relu", ["f"], "y")),
        ["identity"] = (13, m => m.Node("Identity", ["c"], "i").Node("Relu", ["i"], "y")),
        ["softmax"] = (13, m => m.Node("Softmax", ["c"], "y", ("axis", 1))),
        ["softmax of rows, old"] = (11, m => m.Node("GlobalAveragePool", ["c"], "p").Node("Flatten", ["p"], "f").Node("Softmax", ["f"], "y")),
        ["resize nearest"] = (11, m => m.Weights("none", [0], []).Weights("sc", [4], [1, 1, 2, 2])
            .Node("Resize", ["c", "none", "sc"], "y", ("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor"))),
        ["resize nearest half pixel"] = (13, m => m.Weights("sc", [4], [1, 1, 2, 3]).Node("Resize", ["c", "", "sc"], "y")),
        ["resize nearest first"] = (10, m => m.Weights("sc", [4], [1, 1, 2, 2]).Node("Resize", ["c", "sc"], "y")),
        ["resize linear"] = (13, m => m.Integers("sz", 2, 6, 18, 12).Node("Resize", ["c", "", "", "sz"], "y", ("mode", "linear"))),
        ["resize linear corners"] = (13, m => m.Integers("sz", 2, 6, 13, 11)
            .Node("Resize", ["c", "", "", "sz"], "y", ("mode", "linear"), ("coordinate_transformation_mode", "align_corners"))),
        ["upsample"] = (9, m => m.Weights("sc", [4], [1, 1, 2, 2]).Node("Upsample", ["c", "sc"], "y")),
        ["upsample attribute"] = (7, m => m.Node("Upsample", ["c"], "y", ("scales", new[] { 1f, 1, 3, 2 }))),
        ["pad attribute"] = (9, m => m.Node("Pad", ["c"], "y", ("pads", new[] { 0, 0, 1, 2, 0, 0, 3, 0 }))),
        ["pad input"] = (13, m => m.Integers("pads", 0, 0, 1, 2, 0, 0, 3, 0).Scalar("v", 0.5f).Node("Pad", ["c", "pads", "v"], "y")),
        ["pad reflect"] = (13, m => m.Integers("pads", 0, 0, 1, 2, 0, 0, 3, 0).Node("Pad", ["c", "pads"], "y", ("mode", "reflect"))),
        ["pad edge"] = (13, m => m.Integers("pads", 0, 0, 1, 2, 0, 0, 3, 0).Node("Pad", ["c", "pads"], "y", ("mode", "edge"))),
        ["instance normalisation"] = (13, m => m.Weights("g", [6], Values(6)).Weights("b", [6], Values(6)).Node("InstanceNormalization", ["c", "g", "b"], "y")),
        ["group normalisation"] = (21, m => m.Weights("g", [6], Values(6)).Weights("b", [6], Values(6))
            .Node("GroupNormalization", ["c", "g", "b"], "y", ("num_groups", 2))),
        ["group normalisation, per group"] = (18, m => m.Weights("g", [2], Values(2)).Weights("b", [2], Values(2))
            .Node("GroupNormalization", ["c", "g", "b"], "y", ("num_groups", 2))),
    };

    public static IEnumerable<TheoryDataRow<string>> Cases => s_cases.Keys.Select(name => new TheoryDataRow<string>(name));

    [Theory, MemberData(nameof(Cases))]
    public void ToNetwork_Operator_ComputesWhatOnnxRuntimeDoes(string name)
    {
        var (opset, add) = s_cases[name];
        var model = new TinyModel(opset).Input("x", 0, 3, 9, 8).Weights("stem.weight", [6, 3, 1, 1], Values(18)).Node("Conv", ["x", "stem.weight"], "c");
        add(model);
        model.Output("y");
        Imported.ExpectSameAsRuntime(model.Bytes, s_input);
    }

    private static TinyModel Normalise(TinyModel model, string input, string output) => model
        .Weights("bn.weight", [6], Values(6)).Weights("bn.bias", [6], [.. Values(6).Reverse()])
        .Weights("bn.running_mean", [6], [.. Values(6).Select(v => v / 2)]).Weights("bn.running_var", [6], [.. Values(6).Select(v => v + 2)])
        .Node("BatchNormalization", [input, "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"], output, ("epsilon", 1e-3f), ("momentum", 0.8f));

    /// <summary>clip(c + 3, 0, 6) is k.</summary>
    private static TinyModel Clipped(TinyModel model) => model.Scalar("three", 3).Scalar("lo", 0).Scalar("six", 6)
        .Node("Add", ["c", "three"], "t").Node("Clip", ["t", "lo", "six"], "k");

    private static float[] Values(int length) => RandomTensor.Floats(length, seed: length);

    private static int[] Both(int size) => [size, size];

    private static int[] Sides(int size) => [size, size, size, size];
}
