using Google.Protobuf;
using SparseKernels.Fuzz.Mutations;
using SparseKernels.Onnx;
using SparseKernels.Onnx.Folding;
using SparseKernels.Onnx.Graphs;
using SparseKernels.Onnx.Importing;
using SparseKernels.Onnx.Proto;
using SparseKernels.Onnx.Reading;
using SparseKernels.Onnx.Tests.Support;
using SparseKernels.Threading;
using SparseKernels.Training.Tests.Support;

namespace SparseKernels.Fuzz.Targets;

/// <summary>
/// ONNX models: what is read must make a network that infers, or be refused. One in four inputs has bytes changed; of the others the message
/// is still a message: numbers, names, nodes and sizes are changed.
/// </summary>
internal sealed class OnnxTarget : FuzzTarget
{
    private const string FileName = "model.onnx";
    private const long MostElements = 1 << 22;

    private static readonly ComputeTopology s_oneThread = ComputeTopology.FromThreads(1);

    public override string Name => "onnx";

    public override IReadOnlyList<CorpusFile> Corpus { get; } =
        [.. new[] { Exported(new()), Exported(new() { FoldNormalisation = true, SparseInitialisers = true }), Written(), Constants() }
            .Select(content => new CorpusFile(FileName, content))];

    public override void Read(string folder, string file)
    {
        var model = OnnxModel.Load(file);
        if (IsLarge(file)) return;
        using var network = model.ToNetwork(new OnnxImportOptions { Topology = s_oneThread, Schedule = KernelSchedule.Dense });
        network.Predict(new float[network.Input.Length], new float[network.Classes]);
    }

    public override FuzzInput Change(Random random)
    {
        if (random.Next(4) == 0) return base.Change(random);
        var model = ModelProto.Parser.ParseFrom(Pick(random).Content);
        new ModelMutator(random).Change(model);
        return new FuzzInput(FileName, model.ToByteArray());
    }

    /// <summary>Whether the tensors between the layers would be larger than any of the whole files': such a network takes what its model asks for.</summary>
    private static bool IsLarge(string file)
    {
        using var stream = File.OpenRead(file);
        var graph = ModelReader.Read(stream, file, folder: null);
        try
        {
            var input = InputSizes.Of(graph, new OnnxImportOptions());
            var folded = GraphFolder.Fold(graph, new Dictionary<string, int[]> { [graph.Inputs[0].Name] = input });
            return folded.Shapes.Values.Sum(shape => (long)TensorShape.Length(shape)) > MostElements;
        }
        catch (InvalidDataException)
        {
            // The network's import must say so too.
            return false;
        }
    }

    private static byte[] Exported(OnnxExportOptions options)
    {
        using var network = SmallNetwork.Create(batch: 1);
        if (options.SparseInitialisers) SmallNetwork.Mask(network, density: 0.1);
        using var file = new MemoryStream();
        OnnxExport.Write(network, file, options);
        return file.ToArray();
    }

    /// <summary>What other exporters write: parts of hard-swish and squeeze-and-excitation, resizing, a linear layer of two nodes.</summary>
    private static byte[] Written() => new TinyModel(opset: 13).Input("x", 0, 3, 8, 8).Output("y", 0, 5)
        .Weights("w", [4, 3, 3, 3], Values(108)).Weights("b", [4], Values(4))
        .Node("Conv", ["x", "w", "b"], "c", ("pads", new[] { 1, 1, 1, 1 }), ("strides", new[] { 2, 2 }))
        .Scalar("three", 3).Scalar("zero", 0).Scalar("six", 6)
        .Node("Add", ["c", "three"], "c3").Node("Clip", ["c3", "zero", "six"], "k").Node("Mul", ["c", "k"], "p").Node("Div", ["p", "six"], "h")
        .Weights("e", [4, 4, 1, 1], Values(16))
        .Node("GlobalAveragePool", ["h"], "g").Node("Conv", ["g", "e"], "s").Node("Sigmoid", ["s"], "a").Node("Mul", ["h", "a"], "m")
        .Weights("t", [4, 2, 2, 2], Values(32)).Node("ConvTranspose", ["m", "t"], "u", ("strides", new[] { 2, 2 }))
        .Node("MaxPool", ["u"], "q", ("kernel_shape", new[] { 3, 3 }), ("strides", new[] { 2, 2 }), ("ceil_mode", 1))
        .Node("Concat", ["q", "q"], "qq", ("axis", 1)).Node("AveragePool", ["qq"], "r", ("kernel_shape", new[] { 2, 2 }))
        .Node("Flatten", ["r"], "f").Weights("d", [36, 5], Values(180)).Weights("o", [5], Values(5))
        .Node("MatMul", ["f", "d"], "z").Node("Add", ["z", "o"], "y").Bytes;

    /// <summary>Sizes that are computed, and weights in nodes.</summary>
    private static byte[] Constants() => new TinyModel(opset: 13).Input("x", 0, 2, 4, 4).Output("y", 0, 32)
        .Node("Constant", [], "w", ("value", TinyModel.Floats("", [2, 2, 1, 1], Values(4)))).Node("Conv", ["x", "w"], "c")
        .Weights("scales", [4], [1, 1, 2, 2]).Node("Resize", ["c", "", "scales"], "big", ("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"),
            ("nearest_mode", "floor"))
        .Node("AveragePool", ["big"], "n", ("kernel_shape", new[] { 2, 2 }), ("strides", new[] { 2, 2 }))
        .Node("Shape", ["x"], "shape").Integers("first", 0).Integers("minus", -1).Node("Gather", ["shape", "first"], "batch", ("axis", 0))
        .Node("Concat", ["batch", "minus"], "sizes", ("axis", 0)).Node("Reshape", ["n", "sizes"], "y").Bytes;

    private static float[] Values(int count) => [.. Enumerable.Range(0, count).Select(i => ((i * 7 % 11) - 5) / 5f)];
}
