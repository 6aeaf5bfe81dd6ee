namespace SparseKernels.Pruning;

/// <summary>Finds runs of output channels that are nearly parallel to stronger ones, by any <see cref="SimilaritySearch"/>.</summary>
internal static class RunSimilarity
{
    /// <summary>Finds them, and prunes them if asked to.</summary>
    public static SimilarityResult Find(PrunedLayer layer, SimilarityRule rule, int threads, bool prunes)
    {
        var places = new RunPlaces(layer, rule.Group);
        var slices = places.SlicesOf(rule);
        var goes = new byte[places.Blocks * places.Places];
        var compared = rule.Search == SimilaritySearch.Signatures
            ? SignatureSearch.Find(places, rule, slices, threads, goes)
            : ChannelComparison.Find(places, rule, slices, layer.Index, threads, goes);
        if (prunes) places.Clear(goes);
        var possible = places.PairsOf(Enumerable.Range(0, places.Blocks)) * slices.Sum(slice => (long)places.PlacesOf(slice));
        return new SimilarityResult(compared, possible, goes.AsSpan().Count((byte)1));
    }
}
