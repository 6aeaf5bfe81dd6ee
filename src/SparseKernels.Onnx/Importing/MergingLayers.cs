using SparseKernels.Onnx.Graphs;
using SparseKernels.Training.Layers.Merging;

namespace SparseKernels.Onnx.Importing;

/// <summary>Layers in which several tensors meet.</summary>
internal static class MergingLayers
{
    public static void Sum(ImportScope scope, OnnxNode node)
    {
        ImportedValue[] inputs = [.. node.Inputs.Select(scope.Value)];
        if (inputs.Any(input => input.Features != inputs[0].Features))
            throw new InvalidDataException($"sums are of tensors of the same sizes, got {string.Join(" and ", inputs.Select(input => input.Features))}.");
        scope.Add(node, new Add(scope.Names.Free(node.Name), relu: node.HasAttribute(LayerFusion.Relu)), [.. inputs.Select(input => input.Node)]);
    }

    public static void Product(ImportScope scope, OnnxNode node)
    {
        var (x, z) = (scope.Value(node.Inputs[0]), scope.Value(node.Inputs[1]));
        if (x.Features.Length < z.Features.Length) (x, z) = (z, x);
        if (x.Features.Channels != z.Features.Channels || (x.Features != z.Features && (z.Features.Height != 1 || z.Features.Width != 1)))
            throw new InvalidDataException(
                $"products are of tensors of the same sizes or with one number for each channel, got {x.Features} and {z.Features}.");
        scope.Add(node, new Multiply(scope.Names.Free(node.Name)), x.Node, z.Node);
    }

    public static void Concatenation(ImportScope scope, OnnxNode node)
    {
        if (TensorShape.Axis(node.Integer("axis", 1), scope.Call(node).Shape(0).Length) != 1)
            throw new InvalidDataException("it is supported over the channels, axis 1.");
        if (node.Inputs.Count == 1) scope.HandOn(node);
        else scope.Add(node, new Concat(scope.Names.Free(node.Name)), [.. node.Inputs.Select(input => scope.Value(input).Node)]);
    }
}
