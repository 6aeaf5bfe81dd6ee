namespace SparseKernels.Bench.Sparsity;

/// <summary>A cell of the table of passes and pairs, and which side of the pair is fine.</summary>
/// <param name="Pass">The pass.</param>
/// <param name="Pair">The operands whose zeros are skipped.</param>
internal readonly record struct SparseCell(ConvolutionPass Pass, OperandPair Pair)
{
    /// <summary>The pair's name, as rows and options have it: the fine side first.</summary>
    public string Name => Pair.ToString();

    /// <summary>The operand that the pass writes.</summary>
    public Operand Result => Pass switch
    {
        ConvolutionPass.Forward => Operand.Output,
        ConvolutionPass.BackwardData => Operand.Input,
        _ => Operand.Weight,
    };

    /// <summary>The layout whose kernels skip the fine side: images are the lanes where single weights are skipped.</summary>
    public BlockedLayout Layout => Pair.Fine == Operand.Weight ? BlockedLayout.BatchBlocked : BlockedLayout.ChannelBlocked;

    /// <summary>Every pair of a pass, both ways round.</summary>
    public static IEnumerable<SparseCell> Of(ConvolutionPass pass)
    {
        foreach (var fine in Enum.GetValues<Operand>())
        {
            foreach (var coarse in Enum.GetValues<Operand>())
            {
                if (coarse != fine) yield return new SparseCell(pass, new OperandPair(fine, coarse));
            }
        }
    }

    /// <summary>The pair of a name.</summary>
    /// <exception cref="ArgumentException">No pair has it.</exception>
    public static OperandPair ParsePair(string name, string source)
    {
        var known = Of(ConvolutionPass.Forward).Select(cell => cell.Pair).ToArray();
        var found = Array.FindIndex(known, pair => pair.ToString().Equals(name, StringComparison.OrdinalIgnoreCase));
        return found >= 0
            ? known[found]
            : throw new ArgumentException($"{source}: unknown cell '{name}'; known: {string.Join(", ", known)}.");
    }
}
