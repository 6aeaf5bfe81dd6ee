using SparseKernels.Onnx.Tests.Support;
using SparseKernels.TestSupport;
using SparseKernels.Training.Tensors;
using Xunit;

namespace SparseKernels.Onnx.Tests.Folding;

/// <summary>Constant sub-graphs, whose result "b" of 6 numbers is added to a convolution's channels: against ONNX Runtime.</summary>
public sealed class ConstantOperatorsTests
{
    private static readonly Dictionary<string, Action<TinyModel>> s_cases = new()
    {
        ["constant floats"] = m => m.Node("Constant", [], "b6", ("value_floats", new[] { 1f, 2, 3, 4, 5, 6 })),
        ["constant of shape"] = m => m.Integers("s", 6).Node("ConstantOfShape", ["s"], "b6", ("value", TinyModel.Floats("", [1], [2.5f]))),
        ["add and multiply"] = m => m.Node("Add", ["v", "v"], "t").Node("Mul", ["t", "v"], "b6"),
        ["broadcast"] = m => m.Weights("k", [1], [3]).Node("Sub", ["k", "v"], "t").Node("Div", ["t", "k"], "b6"),
        ["floor ceil sqrt"] = m => m.Node("Abs", ["v"], "a").Node("Sqrt", ["a"], "s").Node("Floor", ["s"], "f").Node("Ceil", ["a"], "c6")
            .Node("Add", ["f", "c6"], "b6"),
        ["exp neg reciprocal"] = m => m.Node("Neg", ["v"], "n").Node("Exp", ["n"], "e").Node("Reciprocal", ["e"], "b6"),
        ["pow min max"] = m => m.Scalar("two", 2).Node("Pow", ["v", "two"], "p").Node("Min", ["p", "v"], "l").Node("Max", ["l", "two"], "b6"),
        ["gather"] = m => m.Integers("i", 5, -2, 0, 1, 1, 3).Node("Gather", ["v", "i"], "b6"),
        ["gather rows"] = m => m.Integers("i", 1).Node("Gather", ["m", "i"], "g", ("axis", 0)).Node("Squeeze", ["g"], "b6"),
        ["slice"] = m => m.Integers("st", 1, 0).Integers("en", 2, 6).Integers("ax", 0, 1)
            .Node("Slice", ["m", "st", "en", "ax"], "s").Integers("sh", 6).Node("Reshape", ["s", "sh"], "b6"),
        ["slice backwards"] = m => m.Integers("st", -1).Integers("en", -100).Integers("ax", 0).Integers("step", -1)
            .Node("Slice", ["v", "st", "en", "ax", "step"], "b6"),
        ["slice in steps"] = m => m.Integers("st", 0).Integers("en", 6).Integers("ax", 0).Integers("step", 4)
            .Node("Slice", ["v", "st", "en", "ax", "step"], "s")
            .Integers("sh", 3).Node("Expand", ["one", "sh"], "e").Node("Concat", ["s", "e", "one"], "b6", ("axis", 0)),
        ["concat and transpose"] = m => m.Node("Transpose", ["m"], "t").Integers("st", 0).Integers("en", 1).Integers("ax", 1)
            .Node("Slice", ["t", "st", "en", "ax"], "s")
            .Integers("sh", 6).Node("Reshape", ["s", "sh"], "b6"),
        ["expand"] = m => m.Integers("sh", 6).Node("Expand", ["one", "sh"], "b6"),
        ["unsqueeze and flatten"] = m => m.Integers("ax", 0, 2).Node("Unsqueeze", ["v", "ax"], "u")
            .Node("Flatten", ["u"], "f", ("axis", 1)).Integers("z", 0).Node("Squeeze", ["f", "z"], "b6"),
        ["range"] = m => m.Node("Range", ["r0", "r6", "r1"], "r").Node("Cast", ["r"], "b6", ("to", 1)),
        ["shape of an activation"] = m => m.Node("Shape", ["c"], "s").Integers("i", 1).Node("Gather", ["s", "i"], "g")
            .Node("Cast", ["g"], "f", ("to", 1)).Node("Mul", ["v", "f"], "b6"),
        ["shape from the second on"] = m => m.Node("Shape", ["c"], "s", ("start", 1), ("end", 2)).Node("Expand", ["one", "s"], "b6"),
        ["product of a shape"] = m => m.Node("Shape", ["m"], "s").Node("ReduceProd", ["s"], "p", ("keepdims", 1)).Node("Cast", ["p"], "f", ("to", 1))
            .Node("Div", ["v", "f"], "b6"),
        ["integers divided"] = m => m.Integers("n", -7, 7, 5, 6, 9, 11).Integers("d", 2).Node("Div", ["n", "d"], "q").Node("Cast", ["q"], "b6", ("to", 1)),
    };

    public static IEnumerable<TheoryDataRow<string>> Cases => s_cases.Keys.Select(name => new TheoryDataRow<string>(name));

    [Theory, MemberData(nameof(Cases))]
    public void Evaluate_SubGraph_ComputesWhatOnnxRuntimeDoes(string name)
    {
        var model = new TinyModel(15).Input("x", 0, 3, 2, 2).Weights("stem", [6, 3, 1, 1], RandomTensor.Floats(18, seed: 1)).Node("Conv", ["x", "stem"], "c");
        model.Weights("v", [6], RandomTensor.Floats(6, seed: 2)).Weights("m", [2, 6], RandomTensor.Floats(12, seed: 3)).Weights("one", [1], [1])
            .Integers("first", 0).Integers("six", 6).Integers("column", 6, 1, 1);
        foreach (var value in new[] { 0L, 1, 6 })
        {
            model.Integers($"r{value}", value);
            model.Proto.Graph.Initializer[^1].Dims.Clear();
        }

        s_cases[name](model);
        model.Node("Reshape", ["b6", "column"], "b").Node("Add", ["c", "b"], "y").Output("y");
        Imported.ExpectSameAsRuntime(model.Bytes, new FeatureShape(3, 2, 2));
    }

    [Fact]
    public void Split_Constant_GivesEveryPart()
    {
        var model = new TinyModel(13).Input("x", 0, 3, 2, 2).Weights("stem", [4, 3, 1, 1], RandomTensor.Floats(12, seed: 1)).Node("Conv", ["x", "stem"], "c")
            .Weights("v", [6, 1, 1], RandomTensor.Floats(6, seed: 2)).Integers("parts", 2, 4).Node("Split", ["v", "parts"], "head", ("axis", 0))
                .Node("Add", ["c", "tail"], "y").Output("y");
        model.Proto.Graph.Node[1].Output.Add("tail");
        Imported.ExpectSameAsRuntime(model.Bytes, new FeatureShape(3, 2, 2));
    }
}
