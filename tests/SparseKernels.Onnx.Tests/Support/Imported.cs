using SparseKernels.TestSupport;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Onnx.Tests.Support;

/// <summary>Networks made of models, compared with what ONNX Runtime computes of the same bytes.</summary>
internal static class Imported
{
    private const int Images = 2;

    /// <summary>Imports a model and expects the runtime's outputs for some images, to 1e-4 of their range, in the layouts of training and as it
    /// comes.</summary>
    public static void ExpectSameAsRuntime(byte[] model, FeatureShape input, OnnxImportOptions? options = null, int images = Images, int rank = 4)
    {
        var x = RandomTensor.Floats(images * input.Length, seed: 5);
        int[] shape = rank == 2 ? [images, input.Length] : [images, input.Channels, input.Height, input.Width];
        var expected = OnnxRuntime.Run(model, x, shape, options?.Output);
        foreach (BlockedLayout? layout in new BlockedLayout?[] { BlockedLayout.ChannelBlocked, BlockedLayout.BatchBlocked, null })
        {
            using var network = Load(model).ToNetwork((options ?? new OnnxImportOptions()) with { Input = input, Layout = layout });
            ExpectClose(expected, Predict(network, x, images), $"layout {layout}");
        }
    }

    public static OnnxModel Load(byte[] model) => OnnxModel.Load(new MemoryStream(model));

    public static float[] Predict(Network network, float[] x, int images)
    {
        var y = new float[images * network.Classes];
        network.Predict(x, y);
        return y;
    }

    /// <summary>Expects every element to 1e-4 of the range of all.</summary>
    public static void ExpectClose(float[] expected, float[] actual, string what)
    {
        var range = Math.Max(expected.Max() - expected.Min(), expected.Max(Math.Abs));
        Expect.Close(expected, actual, [.. expected.Select(_ => 1e-4 * range)], what);
    }
}
