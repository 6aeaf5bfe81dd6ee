using SparseKernels.Onnx.Folding;
using SparseKernels.Onnx.Graphs;
using SparseKernels.Training.Layers.Reshaping;

namespace SparseKernels.Onnx.Importing;

/// <summary>Layers that change rows and columns.</summary>
internal static class SpatialLayers
{
    public static void Resize(ImportScope scope, OnnxNode node)
    {
        var (x, resizing) = (scope.Value(node.Inputs[0]), Resizing.Of(scope.Call(node)));
        var mode = !resizing.IsBilinear ? UpsampleMode.Nearest : resizing.AlignCorners ? UpsampleMode.BilinearAlignedCorners : UpsampleMode.Bilinear;
        scope.Add(node, Upsample2d.ToSize(scope.Names.Free(node.Name), new Size2D(resizing.Height, resizing.Width), mode), x.Node);
    }

    public static void Pad(ImportScope scope, OnnxNode node)
    {
        var (x, bordering) = (scope.Value(node.Inputs[0]), Bordering.Of(scope.Call(node)));
        var mode = bordering.Mode switch { "reflect" => PadMode.Reflect, "edge" => PadMode.Replicate, _ => PadMode.Constant };
        scope.Add(node, new Pad2d(scope.Names.Free(node.Name), bordering.Padding, mode, bordering.Value), x.Node);
    }
}
