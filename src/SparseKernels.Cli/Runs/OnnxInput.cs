using SparseKernels.Onnx;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Cli.Runs;

/// <summary>The images that an ONNX model runs on.</summary>
internal static class OnnxInput
{
    private const int ColourChannels = 3;

    /// <summary>The sizes of one image.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">Its file.</param>
    /// <param name="size">What <c>--image-size</c> said.</param>
    /// <returns>The sizes; null for those of the model itself.</returns>
    /// <exception cref="ArgumentException">The model leaves rows or columns open, and no size is given, or it takes no images.</exception>
    public static FeatureShape? Of(OnnxModel model, string path, int? size)
    {
        // What is wrong with other inputs, making the network tells.
        if (model.Inputs is not [{ Shape: var shape } input]) return null;
        if (size is { } asked)
        {
            if (shape is { Count: not 4 }) throw new ArgumentException($"--image-size is for a model of images [N, C, H, W], got {path} with {input}.");
            return new FeatureShape(shape?[1].Size ?? ColourChannels, asked, asked);
        }

        if (shape is null || (shape.Count == 4 && shape.Skip(2).Any(dimension => dimension.Size is null)))
            throw new ArgumentException($"{path} leaves the size of images open, {input}: say one with --image-size.");
        return shape.Count == 4 && shape[1].Size is null ? new FeatureShape(ColourChannels, shape[2].Size!.Value, shape[3].Size!.Value) : null;
    }
}
