namespace SparseKernels.Pruning;

/// <summary>Finds runs of output channels that are nearly parallel to stronger ones, by any <see cref="SimilaritySearch"/>.</summary>
internal static class RunSimilarity
{
    /// <summary>Finds them in one round.</summary>
    /// <param name="places">The runs.</param>
    /// <param name="rule">How parallel, and which are compared.</param>
    /// <param name="threads">Threads to use.</param>
    /// <param name="goes">A byte for each block and place, all 0; becomes 1 where the run goes.</param>
    public static SimilarityResult Find(RunPlaces places, SimilarityRule rule, int threads, byte[] goes)
    {
        var slices = places.SlicesOf(rule);
        var compared = rule.Search == SimilaritySearch.Signatures
            ? SignatureSearch.Find(places, rule, slices, threads, goes)
            : ChannelComparison.Find(places, rule, slices, threads, goes);
        var possible = places.PairsOf(Enumerable.Range(0, places.Blocks)) * slices.Sum(slice => (long)places.PlacesOf(slice));
        return new SimilarityResult(compared, possible, goes.AsSpan().Count((byte)1));
    }
}
