using SparseKernels.Onnx.Proto;
using SparseKernels.Onnx.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Onnx.Tests.Reading;

public sealed class ModelReaderTests
{
    [Fact]
    public void Load_FileCutOffAnywhere_IsRefusedInOneLine()
    {
        var bytes = Small().Bytes;
        using var folder = new TemporaryFolder();
        for (var length = 0; length < bytes.Length; length++)
        {
            var path = folder.Write("cut.onnx", bytes[..length]);
            var refused = Assert.Throws<InvalidDataException>(() => OnnxModel.Load(path));
            Assert.Contains("cut.onnx", refused.Message);
            Assert.DoesNotContain('\n', refused.Message);
        }
    }

    [Fact]
    public void Load_TextFile_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("notes.onnx", "This is no model, it is a text of several words.\n"u8.ToArray());
        Assert.Contains("no ONNX model", Assert.Throws<InvalidDataException>(() => OnnxModel.Load(path)).Message);
    }

    [Fact]
    public void Load_NoGraph_IsRefused() => ExpectRefused(model => model.Graph = null, "no graph");

    [Theory]
    [InlineData(2)]
    [InlineData(14)]
    public void Load_IrVersionOutOfRange_IsRefused(int version) =>
        ExpectRefused(model => model.IrVersion = version, $"ir_version must be 3 to 13, got {version}");

    [Theory]
    [InlineData(6)]
    [InlineData(22)]
    public void Load_OpsetOutOfRange_IsRefused(int version) =>
        ExpectRefused(model => model.OpsetImport[0].Version = version, $"opset 7 to 21 are read, the model's are of {version}");

    [Fact]
    public void Load_KeyOfMetadataTwice_IsRefused() => ExpectRefused(
        model => model.MetadataProps.Add([new StringStringEntryProto { Key = "author" }, new StringStringEntryProto { Key = "author" }]),
        "the model's metadata has the key 'author' twice");

    [Fact]
    public void Load_NoOpset_IsRefused() => ExpectRefused(model => model.OpsetImport[0].Domain = "com.example", "opset_import");

    [Fact]
    public void Load_Functions_AreRefused() => ExpectRefused(model => model.Functions.Add(new FunctionProto { Name = "Own" }), "functions of its own ('Own')");

    [Fact]
    public void Load_UnknownElementType_IsRefused() =>
        ExpectRefused(model => model.Graph.Input[0].Type.TensorType.ElemType = 99, "'x' has elements of an unknown type 99");

    [Fact]
    public void Load_Model_SaysWhatItHolds()
    {
        var model = Imported.Load(Small().Bytes);
        Assert.Equal("tiny", model.Name);
        Assert.Equal(17, model.Opset);
        Assert.Equal("x FLOAT [open, 2, 4, 4]", Assert.Single(model.Inputs).ToString());
        Assert.Equal("y FLOAT [open, 3, 4, 4]", Assert.Single(model.Outputs).ToString());
        Assert.Equal(1, model.Operators["Conv"]);
    }

    [Fact]
    public void Load_InitialisersAmongInputs_AreNoInputs()
    {
        // As all files of IR version 3 have it.
        var model = Small().Input("k", 3, 2, 1, 1);
        Assert.Equal("x", Assert.Single(Imported.Load(model.Bytes).Inputs).Name);
    }

    private static TinyModel Small() => new TinyModel().Input("x", 0, 2, 4, 4).Weights("k", [3, 2, 1, 1], RandomTensor.Floats(6, seed: 1))
        .Node("Conv", ["x", "k"], "y").Output("y", 0, 3, 4, 4);

    private static void ExpectRefused(Action<ModelProto> change, string message)
    {
        var model = Small();
        change(model.Proto);
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => Imported.Load(model.Bytes)).Message);
    }
}
