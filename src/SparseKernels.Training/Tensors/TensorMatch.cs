namespace SparseKernels.Training.Tensors;

/// <summary>Pairs stored tensors with those of a network by name.</summary>
internal static class TensorMatch
{
    /// <summary>Pairs them.</summary>
    /// <param name="stored">What was read.</param>
    /// <param name="wanted">What is to be filled.</param>
    /// <param name="what">Whose tensors they are, for the message.</param>
    /// <returns>Each wanted tensor with its stored one.</returns>
    /// <exception cref="InvalidDataException">A tensor is missing, left over or of another shape.</exception>
    public static List<(NamedTensor From, NamedTensor To)> Pair(
        IReadOnlyList<NamedTensor> stored, IReadOnlyList<NamedTensor> wanted, string what)
    {
        var left = stored.ToDictionary(t => t.Name);
        var pairs = new List<(NamedTensor, NamedTensor)>(wanted.Count);
        foreach (var to in wanted)
        {
            if (!left.Remove(to.Name, out var from))
                throw new InvalidDataException($"the checkpoint has no {what} tensor '{to.Name}' of shape {Text(to)}.");
            if (!from.Shape.AsSpan().SequenceEqual(to.Shape) || from.Values.Length != to.Values.Length)
                throw new InvalidDataException($"the checkpoint's {what} tensor '{to.Name}' has shape {Text(from)}, expected {Text(to)}.");
            pairs.Add((from, to));
        }

        if (left.Count > 0)
            throw new InvalidDataException($"the checkpoint has a {what} tensor '{left.Keys.First()}' that the network has not.");
        return pairs;
    }

    private static string Text(NamedTensor tensor) => $"[{string.Join(", ", tensor.Shape)}]";
}
