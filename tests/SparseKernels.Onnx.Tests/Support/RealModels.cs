using SparseKernels.Onnx.Proto;
using SparseKernels.Onnx.Reading;
using Xunit;
using static SparseKernels.Onnx.Proto.TensorProto.Types;

namespace SparseKernels.Onnx.Tests.Support;

/// <summary>Models that others made, which the test project gets as packages.</summary>
internal static class RealModels
{
    /// <summary>ML.NET's ResNet-18 without its last layer, trained on ImageNet: 512 features of 224×224 pixels.</summary>
    public static byte[] ResNet18()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Models", "ResNet18.onnx");
        Assert.SkipUnless(File.Exists(path), "the package Microsoft.ML.DnnImageFeaturizer.ResNet18 was not there when the tests were built");
        return File.ReadAllBytes(path);
    }

    /// <summary>The same model with the smallest weights of each convolution zero.</summary>
    public static ModelProto Masked(byte[] model, double zeros)
    {
        var proto = ModelProto.Parser.ParseFrom(model);
        var constants = proto.Graph.Node.Where(node => node.OpType == "Constant").SelectMany(node => node.Attribute)
            .Select(attribute => attribute.T).OfType<TensorProto>();
        foreach (var tensor in proto.Graph.Initializer.Concat(constants).Where(tensor => tensor.DataType == (int)DataType.Float && tensor.Dims.Count == 4))
        {
            var values = new TensorReader(folder: null).Read(tensor).Floats;
            var magnitudes = values.Select(MathF.Abs).Order().ToArray();
            var cut = magnitudes[(int)(zeros * (values.Length - 1))];
            tensor.RawData = Google.Protobuf.ByteString.Empty;
            tensor.FloatData.Clear();
            tensor.FloatData.Add(values.Select(value => MathF.Abs(value) <= cut ? 0 : value));
        }

        return proto;
    }
}
