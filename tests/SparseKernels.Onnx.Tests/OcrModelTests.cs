using Google.Protobuf;
using SparseKernels.Onnx.Proto;
using SparseKernels.Onnx.Tests.Support;
using SparseKernels.Training.Tensors;
using Xunit;

namespace SparseKernels.Onnx.Tests;

/// <summary>PP-OCR's models: hard-swish in parts, squeeze and excite, strides (2, 1), transposed convolutions, resizing, computed shapes.</summary>
public sealed class OcrModelTests
{
    private const string Classifier = "ch_ppocr_mobile_v2.0_cls_infer.onnx", Detector = "ch_PP-OCRv4_det_infer.onnx", Recogniser = "ch_PP-OCRv4_rec_infer.onnx";

    [Theory]
    [InlineData(48, 192, 0.0)]
    [InlineData(64, 100, 0.0)]
    [InlineData(48, 192, 0.9)]
    public void ToNetwork_Classifier_GivesOnnxRuntimesProbabilities(int height, int width, double zeros) =>
        Imported.ExpectSameAsRuntime(Masked(Classifier, zeros).ToByteArray(), new FeatureShape(3, height, width));

    /// <remarks>Before its last sigmoid, which makes nearly nothing of images of noise.</remarks>
    [Theory]
    [InlineData(64, 96, 0.0)]
    [InlineData(96, 64, 0.0)]
    [InlineData(64, 96, 0.9)]
    public void ToNetwork_Detector_GivesOnnxRuntimesMap(int height, int width, double zeros)
    {
        var model = Masked(Detector, zeros);
        var sigmoid = model.Graph.Node.Single(node => node.OpType == "Sigmoid");
        model.Graph.Output[0].Name = sigmoid.Input[0];
        model.Graph.Node.Remove(sigmoid);
        Imported.ExpectSameAsRuntime(model.ToByteArray(), new FeatureShape(3, height, width), images: 1);
    }

    [Fact]
    public void ToNetwork_Recogniser_NamesItsTransposes()
    {
        var model = Imported.Load(OcrModels.Require(Recogniser));
        var message = Assert.Throws<InvalidDataException>(() => model.ToNetwork(new OnnxImportOptions { Input = new FeatureShape(3, 48, 320) })).Message;
        Assert.Contains("Transpose 'p2o.Transpose.0': it is supported on constants only", message);
    }

    private static ModelProto Masked(string name, double zeros)
    {
        var model = OcrModels.Require(name);
        return zeros > 0 ? RealModels.Masked(model, zeros) : ModelProto.Parser.ParseFrom(model);
    }
}
