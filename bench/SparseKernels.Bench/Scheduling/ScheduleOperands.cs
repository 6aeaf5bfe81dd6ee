using SparseKernels.Bench.Measuring;
using SparseKernels.Isa;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;

namespace SparseKernels.Bench.Scheduling;

/// <summary>What all plans of a row read and write: one set of tensors, and what the call says of zeros.</summary>
internal sealed class ScheduleOperands : IDisposable
{
    /// <summary>Packs the operands of a case.</summary>
    /// <param name="dense">Operands without zeros.</param>
    /// <param name="one">The zeros to put into them.</param>
    public ScheduleOperands(ConvolutionData dense, ScheduleCase one)
    {
        var shape = dense.Shape;
        var patterns = one.Patterns;

        // What is not wanted of a result is no zero of the operand: the pass does not read it.
        Data = dense.WithZeros(patterns.With(one.Result, null));
        (X, Dx) = (new BlockedTensor(shape.N, shape.C, shape.H, shape.W), new BlockedTensor(shape.N, shape.C, shape.H, shape.W));
        (Y, Dy) = (new BlockedTensor(shape.N, shape.K, shape.P, shape.Q), new BlockedTensor(shape.N, shape.K, shape.P, shape.Q));
        Dw = new float[shape.WeightLength];
        X.CopyFromNchw(Data.X);
        Dy.CopyFromNchw(Data.Dy);
        Case = one;
        Sparse = new SparseOperands { ClearsResult = !one.FromLayers };
        if (one.Pass == ConvolutionPass.BackwardWeights && patterns.Weight is { } weights)
            Sparse.Weight = WeightPattern.FromMask(shape, weights);
        if (one.Pass == ConvolutionPass.BackwardData && patterns.Input is { } input)
            Sparse.Input = Mask(input, shape.N, shape.C, shape.H, shape.W);
        if (one.Pass == ConvolutionPass.Forward && patterns.Output is { } output)
            Sparse.Output = Mask(output, shape.N, shape.K, shape.P, shape.Q);
        if (!one.FromLayers) return;
        Sparse.InputDensity = Density(patterns.Input, shape.C, shape.H * shape.W, isMask: one.Result == Operand.Input);
        Sparse.OutputDensity = Density(patterns.Output, shape.K, shape.P * shape.Q, isMask: one.Result == Operand.Output);
    }

    public ScheduleCase Case { get; }

    /// <summary>The plain operands, with their zeros.</summary>
    public ConvolutionData Data { get; }

    public BlockedTensor X { get; }

    public BlockedTensor Dx { get; }

    public BlockedTensor Y { get; }

    public BlockedTensor Dy { get; }

    public float[] Dw { get; }

    /// <summary>What the call says of zeros, the pair left open.</summary>
    public SparseOperands Sparse { get; }

    /// <summary>What the last call computed, plain, zero where it was not wanted.</summary>
    public float[] Result()
    {
        var tensor = Case.Pass switch { ConvolutionPass.Forward => Y, ConvolutionPass.BackwardData => Dx, _ => null };
        var plain = tensor is null ? [.. Dw] : new float[tensor.PlainLength];
        tensor?.CopyToNchw(plain);
        if (Case.Patterns.Of(Case.Result) is not { } wanted) return plain;
        for (var i = 0; i < plain.Length; i++)
        {
            if (!wanted[i]) plain[i] = 0;
        }

        return plain;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in new[] { X, Dx, Y, Dy }) tensor.Dispose();
    }

    private static FineMask Mask(bool[] wanted, int n, int c, int h, int w)
    {
        var mask = new FineMask(n, c, h, w);
        mask.Update([.. wanted.Select(bit => bit ? 1f : 0f)]);
        return mask;
    }

    /// <summary>
    /// What a layer counts: live elements, and live channels of an image; of a mask, pixels with a live channel in their block of 16.
    /// </summary>
    private static OperandDensity Density(bool[]? live, int channels, int pixels, bool isMask)
    {
        if (live is null) return OperandDensity.Full;
        var (images, blocks) = (live.Length / channels / pixels, LaneBlock.Count(channels));
        var runs = new bool[isMask ? images * blocks * pixels : images * channels];
        var count = 0;
        for (var i = 0; i < live.Length; i++)
        {
            if (!live[i]) continue;
            var (n, c, pixel) = (i / pixels / channels, i / pixels % channels, i % pixels);
            runs[isMask ? (((n * blocks) + (c / BlockedTensor.Block)) * pixels) + pixel : (n * channels) + c] = true;
            count++;
        }

        return new OperandDensity((double)count / live.Length, (double)runs.Count(run => run) / runs.Length);
    }
}
