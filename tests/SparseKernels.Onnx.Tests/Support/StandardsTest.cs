using SparseKernels.Onnx.Folding;
using SparseKernels.Onnx.Graphs;
using SparseKernels.Onnx.Proto;
using SparseKernels.Onnx.Reading;
using SparseKernels.Training.Tensors;
using Xunit;

namespace SparseKernels.Onnx.Tests.Support;

/// <summary>
/// An operator test of the standard: a model, and its inputs and outputs as tensors. All inputs but the first become constants, and before the
/// first comes a layer that changes nothing, since a network has weights.
/// </summary>
internal sealed class StandardsTest
{
    private const string FolderVariable = "SPARSEKERNELS_ONNX_TESTDATA", DebiansFolder = "/usr/share/libonnx-testdata/data";

    private readonly string _folder;
    private readonly ModelProto _model;

    private StandardsTest(string folder)
    {
        _folder = folder;
        _model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(folder, "model.onnx")));
    }

    /// <summary>Where the tests lie; null if they are not there.</summary>
    public static string? Folder
    {
        get
        {
            var folder = Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } asked ? asked : DebiansFolder;
            return Directory.Exists(folder) ? folder : null;
        }
    }

    /// <summary>The names of all tests whose operators become layers, of one input that is images or rows of floats.</summary>
    public static IEnumerable<string> Names => Folder is null
        ? []
        : Directory.GetDirectories(Folder, "test_*", SearchOption.AllDirectories).Where(folder => File.Exists(Path.Combine(folder, "model.onnx")))
            .Where(folder => new StandardsTest(folder).IsOfLayers).Select(folder => Path.GetRelativePath(Folder, folder)).Order(StringComparer.Ordinal);

    private bool IsOfLayers => _model.Graph.Node.All(node => node.Domain.Length == 0 && (OperatorShapes.Has(node.OpType) || node.OpType == "Constant"))
        && _model.Graph.Input.Count > 0 && _model.Graph.Input[0].Type?.TensorType is { ElemType: 1, Shape.Dim.Count: 2 or 4 } && Output.IsFloat;

    private ConstantTensor Output => Read("output_0.pb");

    public static StandardsTest Require(string name)
    {
        Assert.SkipWhen(Folder is null, $"the standard's tests are not here: Debian's package libonnx-testdata, or a folder that {FolderVariable} names");
        return new StandardsTest(Path.Combine(Folder, name));
    }

    /// <summary>Imports the model and compares its output.</summary>
    /// <exception cref="InvalidDataException">It is not supported.</exception>
    public void Run()
    {
        var (x, y) = (Read("input_0.pb"), Output);
        var input = _model.Graph.Input[0];
        for (var i = 1; i < _model.Graph.Input.Count; i++)
        {
            var path = Path.Combine(_folder, "test_data_set_0", $"input_{i}.pb");
            if (!File.Exists(path)) continue;
            var constant = TensorProto.Parser.ParseFrom(File.ReadAllBytes(path));
            constant.Name = _model.Graph.Input[i].Name;
            _model.Graph.Initializer.Add(constant);
        }

        // Of these operators nothing that tests have changed in opset 7, the first that is read.
        foreach (var import in _model.OpsetImport) import.Version = Math.Max(import.Version, ModelReader.LowestOpset);
        Prepend(input.Name, x.Shape[1], isImage: x.Shape.Length == 4);
        var features = x.Shape.Length == 4 ? new FeatureShape(x.Shape[1], x.Shape[2], x.Shape[3]) : new FeatureShape(x.Shape[1], 1, 1);
        using var network = OnnxModel.Load(new MemoryStream(Google.Protobuf.MessageExtensions.ToByteArray(_model)))
            .ToNetwork(new OnnxImportOptions { Input = features, Output = _model.Graph.Output[0].Name });
        Imported.ExpectClose(y.Floats, Imported.Predict(network, x.Floats, x.Shape[0]), _folder);
    }

    private ConstantTensor Read(string file) =>
        new TensorReader(folder: null).Read(TensorProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(_folder, "test_data_set_0", file))));

    /// <summary>A convolution or product by ones before the input, under the input's name.</summary>
    private void Prepend(string input, int channels, bool isImage)
    {
        var same = new NodeProto { OpType = isImage ? "Conv" : "MatMul", Name = "same" };
        same.Input.Add(["images", "ones"]);
        same.Output.Add(input);
        if (isImage) same.Attribute.Add(new AttributeProto { Name = "group", Type = AttributeProto.Types.AttributeType.Int, I = channels });
        int[] shape = isImage ? [channels, 1, 1, 1] : [channels, channels];
        float[] values = [.. Enumerable.Range(0, TensorShape.Length(shape)).Select(i => isImage || i % (channels + 1) == 0 ? 1f : 0)];
        _model.Graph.Initializer.Add(TinyModel.Floats("ones", shape, values));
        _model.Graph.Node.Insert(0, same);
        _model.Graph.Input[0].Name = "images";
    }
}
