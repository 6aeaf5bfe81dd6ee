using System.Text;

namespace SparseKernels.Training.Communication;

/// <summary>What ranks do together before they train: share texts, and fail together with one message.</summary>
internal static class Agreement
{
    /// <summary>Gives all ranks a text of one of them.</summary>
    public static string Share(this ICommunicator communicator, string text, int root = 0)
    {
        var bytes = communicator.Rank == root ? Encoding.UTF8.GetBytes(text) : [];
        Span<long> length = [bytes.Length];
        communicator.Max(length);
        if (communicator.Rank != root) bytes = new byte[length[0]];
        communicator.Broadcast(bytes, root);
        return communicator.Rank == root ? text : Encoding.UTF8.GetString(bytes);
    }

    /// <summary>
    /// Waits until every rank has said whether it can go on, and throws on all of them if one can't: a rank without files must not leave the
    /// others waiting.
    /// </summary>
    /// <param name="communicator">The ranks.</param>
    /// <param name="failure">Why this one can't; null if it can.</param>
    /// <exception cref="RankFailedException">One can't: the first of those that can't, with its message.</exception>
    public static void Agree(this ICommunicator communicator, Exception? failure = null)
    {
        if (failure is not null && communicator.Size == 1) return;
        Span<long> failed = [failure is null ? 0 : communicator.Size - communicator.Rank];
        communicator.Max(failed);
        if (failed[0] == 0) return;
        var first = (int)(communicator.Size - failed[0]);
        var message = communicator.Share(failure?.Message ?? "", first);
        throw new RankFailedException(first, $"rank {first} of {communicator.Size}: {message}", communicator.Rank == first ? failure : null);
    }

    /// <summary>Makes sure that all ranks were given the same, by what rank 0 was given.</summary>
    /// <param name="communicator">The ranks.</param>
    /// <param name="settings">What this one was given, by key.</param>
    /// <exception cref="RankFailedException">A rank has a setting that differs: the message names the first, and both values.</exception>
    public static void AgreeOn(this ICommunicator communicator, IReadOnlyDictionary<string, string> settings)
    {
        const char Separator = '\u001f';
        var keys = settings.Keys.Order(StringComparer.Ordinal).ToArray();
        var wanted = communicator.Share(string.Join(Separator, keys.Select(key => $"{key}={settings[key]}"))).Split(Separator)
            .Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        var other = keys.Union(wanted.Keys).FirstOrDefault(key => settings.GetValueOrDefault(key) != wanted.GetValueOrDefault(key));
        communicator.Agree(other is null ? null : new ArgumentException(
            $"it has {other} {settings.GetValueOrDefault(other) ?? "none"}, rank 0 has {wanted.GetValueOrDefault(other) ?? "none"}; all ranks must be given the same."));
    }
}
