namespace SparseKernels.Bench.Measuring;

/// <summary>What a plan says of the kernels that serve a pair of operands.</summary>
internal static class PlanKernels
{
    private const string Dense = "dense (";

    /// <summary>Why the dense kernels serve a pair; null if sparse ones do.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="layout">How its tensors lie.</param>
    /// <param name="pass">The pass.</param>
    /// <param name="pair">The pair.</param>
    public static string? WhyDense(ConvolutionPlan plan, BlockedLayout layout, ConvolutionPass pass, OperandPair pair)
    {
        var line = plan.Explain().Split('\n').Single(
            text => text.StartsWith($"{layout} {pass}, {pair.Fine} fine, {pair.Coarse} coarse: ", StringComparison.Ordinal));
        var served = line[(line.IndexOf(": ", StringComparison.Ordinal) + 2)..].TrimEnd();
        return served.StartsWith(Dense, StringComparison.Ordinal) ? served[Dense.Length..^1] : null;
    }
}
