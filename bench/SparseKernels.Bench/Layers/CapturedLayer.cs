using SparseKernels.Bench.Sparsity;
using SparseKernels.Isa;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using SparseKernels.Training.Capture;

namespace SparseKernels.Bench.Layers;

/// <summary>A convolution of a training run with the zeros that it had in one step.</summary>
/// <param name="Name">Epoch and path in the network, as in <c>epoch-003/features.0</c>.</param>
/// <param name="Shape">Its sizes, with the batch.</param>
/// <param name="Input">Non-zeros of x.</param>
/// <param name="OutputGradient">Non-zeros of dy.</param>
/// <param name="InputMask">The wanted elements of dx.</param>
internal sealed record CapturedLayer(string Name, ConvolutionShape Shape, bool[] Input, bool[] OutputGradient, bool[] InputMask)
{
    /// <summary>Reads every file of patterns in a folder and those below it.</summary>
    /// <param name="folder">What <c>train --capture</c> filled.</param>
    /// <param name="batch">Images to keep of each; all, where a file has fewer.</param>
    /// <param name="choice">Part of a layer's name (several apart by commas), or null for all.</param>
    /// <returns>At least one layer, by name.</returns>
    /// <exception cref="IOException">The folder or a file can't be read.</exception>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    /// <exception cref="ArgumentException">The folder has no such layer.</exception>
    public static IReadOnlyList<CapturedLayer> ReadAll(string folder, int batch, string? choice)
    {
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"--captured {folder}: there is no such folder.");
        var parts = choice?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var files = Directory.GetFiles(folder, $"*{PatternFile.Extension}", SearchOption.AllDirectories)
            .Select(path => (Path: path, Name: NameOf(folder, path)))
            .Where(file => parts is null || parts.Any(part => file.Name.Contains(part, StringComparison.OrdinalIgnoreCase)))
            .OrderBy(file => file.Name, StringComparer.Ordinal).ToArray();
        if (files.Length == 0)
            throw new ArgumentException(
                $"--captured {folder}: no file {(choice is null ? "" : $"whose name contains {choice} ")}ends in {PatternFile.Extension}.");
        return [.. files.Select(file => From(file.Name, PatternFile.Read(file.Path), batch))];
    }

    /// <summary>The patterns of a pass's activations and gradients; weights have none.</summary>
    public OperandPatterns PatternsOf(ConvolutionPass pass) => pass switch
    {
        ConvolutionPass.Forward => new OperandPatterns(Input, null, null),
        ConvolutionPass.BackwardData => new OperandPatterns(InputMask, null, OutputGradient),
        _ => new OperandPatterns(Input, null, OutputGradient),
    };

    private static CapturedLayer From(string name, ConvolutionPatterns patterns, int batch)
    {
        var shape = patterns.Shape.WithBatch(Math.Min(batch, patterns.Shape.N));
        return new CapturedLayer(
            name, shape, Bits(patterns.Input, shape.N), Bits(patterns.OutputGradient, shape.N), Bits(patterns.InputMask, shape.N));
    }

    private static bool[] Bits(FineMask mask, int images)
    {
        var bits = new bool[images * mask.C * mask.H * mask.W];
        var (blocks, plane) = (LaneBlock.Count(mask.C), mask.H * mask.W);
        var words = mask.Words;
        for (var i = 0; i < bits.Length; i++)
        {
            var (n, c, pixel) = (i / plane / mask.C, i / plane % mask.C, i % plane);
            bits[i] = (words[(n * blocks + c / BlockedTensor.Block) * plane + pixel] >> (c % BlockedTensor.Block) & 1) != 0;
        }

        return bits;
    }

    private static string NameOf(string folder, string path) =>
        Path.ChangeExtension(Path.GetRelativePath(folder, path), null).Replace(Path.DirectorySeparatorChar, '/');
}
