using SparseKernels.Onnx;
using SparseKernels.Training.Models;
using SparseKernels.Training.Tensors;

namespace PictureServer.Load;

/// <summary>A resnet18 of which most weights are zero; time doesn't depend on the values of the others.</summary>
internal static class MaskedModel
{
    private const int Classes = 1000;

    /// <summary>Writes it as ONNX, its normalisation folded, as servers get it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="size">Width and height of its images.</param>
    /// <param name="zeros">The share of each layer's weights that is zero, at random.</param>
    public static void Write(string path, int size, double zeros)
    {
        using var network = ModelCatalogue.Create("resnet18", new FeatureShape(3, size, size), Classes, batch: 1, seed: 1);
        var random = new Random(1);
        foreach (var weight in network.Parameters.Where(parameter => parameter.Shape.Length > 1).Select(parameter => parameter.Value))
            for (var i = 0; i < weight.Length; i++)
                if (random.NextDouble() < zeros) weight[i] = 0;
        network.Touch();
        OnnxExport.Save(network, path, new OnnxExportOptions { FoldNormalisation = true });
    }
}
