namespace SparseKernels.Training.Distribution;

/// <summary>What is added up at once: a stretch of a buffer.</summary>
/// <param name="Buffer">The buffer.</param>
/// <param name="Start">Where the stretch begins.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Parts">What is in it, and more.</param>
/// <param name="FirstPart">The first part that is.</param>
/// <param name="EndPart">The one behind the last.</param>
internal readonly record struct GradientMessage(float[] Buffer, int Start, int End, PackedPart[] Parts, int FirstPart, int EndPart)
{
    /// <summary>The values.</summary>
    public Span<float> Values => Buffer.AsSpan(Start, End - Start);

    /// <summary>Brings the sums back to the gradients.</summary>
    public void Unpack()
    {
        foreach (ref readonly var part in Parts.AsSpan(FirstPart, EndPart - FirstPart))
            PackedGradient.Unpack(Buffer.AsSpan(part.At, part.Length), part.Mask, part.First, part.Gradient.Span);
    }
}
