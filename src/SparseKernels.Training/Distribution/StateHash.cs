using System.Runtime.InteropServices;
using SparseKernels.Pruning;
using SparseKernels.Training.Communication;
using SparseKernels.Training.Networks;

namespace SparseKernels.Training.Distribution;

/// <summary>
/// Proves that a network is the same on all ranks, bit by bit: weights, masks, optimiser state and running statistics of every tensor (and with
/// them the order of channels), what the plans chose, and the strategy's thresholds.
/// </summary>
internal static class StateHash
{
    private const ulong Prime = 0x9E3779B97F4A7C15;

    /// <summary>Compares the ranks' hashes.</summary>
    /// <param name="communicator">The ranks.</param>
    /// <param name="network">The network.</param>
    /// <param name="unit">What prunes it; null for nothing.</param>
    /// <exception cref="RankFailedException">Something differs: the message names the first such tensor or layer. All ranks throw.</exception>
    public static void Compare(ICommunicator communicator, Network network, PruningUnit? unit)
    {
        var parts = Parts(network, unit).ToArray();
        var extremes = new long[2 * parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            // The least is the complement of the largest complement.
            var hash = (long)parts[i].Hash;
            (extremes[i], extremes[parts.Length + i]) = (hash, ~hash);
        }

        communicator.Max(extremes);
        for (var i = 0; i < parts.Length; i++)
        {
            if (extremes[i] == ~extremes[parts.Length + i]) continue;
            Span<long> first = [(long)parts[i].Hash];
            communicator.Broadcast(MemoryMarshal.AsBytes(first), 0);
            Span<long> other = [first[0] == (long)parts[i].Hash ? 0 : communicator.Size - communicator.Rank];
            communicator.Max(other);
            var rank = communicator.Size - (int)other[0];
            throw new RankFailedException(
                rank, $"{parts[i].What} differs between rank 0 and rank {rank} at step {network.StepsTaken}: the ranks no longer train one network.");
        }
    }

    private static IEnumerable<(string What, ulong Hash)> Parts(Network network, PruningUnit? unit)
    {
        foreach (var parameter in network.Parameters)
        {
            yield return (parameter.Name, Of(parameter.Values));
            if (parameter.Mask is { } mask) yield return ($"the mask of {parameter.Name}", Of(mask.Words));
            foreach (var state in parameter.OptimiserState) yield return ($"the optimiser's state of {state.Name}", Of(state.Values));
        }

        foreach (var tensor in network.State.Skip(network.Parameters.Count)) yield return (tensor.Name, Of(tensor.Values));
        foreach (var choices in network.Choices) yield return ($"the choice of kernels of {choices.Name}", Of(choices.ToText()));
        if (unit is not null)
            yield return ("the pruning strategy's state", Of(string.Join(' ', unit.State.Numbers.OrderBy(pair => pair.Key, StringComparer.Ordinal))));
    }

    private static ulong Of<T>(Span<T> values)
        where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(values);
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        var hash = (ulong)bytes.Length * Prime;
        foreach (var word in words) hash = (ulong.RotateLeft(hash, 23) ^ word) * Prime;
        foreach (var value in bytes[(words.Length * sizeof(ulong))..]) hash = (ulong.RotateLeft(hash, 23) ^ value) * Prime;
        return hash ^ (hash >> 32);
    }

    private static ulong Of(string text) => Of<char>(text.ToCharArray());
}
