namespace SparseKernels.Geometry;

/// <summary>
/// Taps of one filter row that read neighbouring input columns: tap i of the run reads column <see cref="Dw"/> + i of input row
/// <see cref="Dh"/>, from where the output pixel stands.
/// </summary>
internal sealed record TapRun(int Phase, int Dh, int Dw, Tap[] Taps)
{
    /// <summary>The runs of all phases, in the order in which sums are made.</summary>
    public static TapRun[] Of(TapGeometry geometry)
    {
        var runs = new List<TapRun>();
        for (var phase = 0; phase < geometry.Phases.Length; phase++)
        {
            var taps = geometry.Phases[phase].Taps.OrderBy(tap => tap.Dh).ThenBy(tap => tap.Dw).ToArray();
            for (var first = 0; first < taps.Length;)
            {
                var last = first + 1;
                while (last < taps.Length && taps[last].Dh == taps[first].Dh && taps[last].Dw == taps[last - 1].Dw + 1) last++;
                runs.Add(new TapRun(phase, taps[first].Dh, taps[first].Dw, taps[first..last]));
                first = last;
            }
        }

        return runs.ToArray();
    }

    /// <summary>The same taps in equal pieces of at most <paramref name="longest"/>.</summary>
    public IEnumerable<TapRun> Pieces(int longest)
    {
        var pieces = (Taps.Length + longest - 1) / longest;
        for (var piece = 0; piece < pieces; piece++)
        {
            var (first, last) = (Taps.Length * piece / pieces, Taps.Length * (piece + 1) / pieces);
            yield return new TapRun(Phase, Dh, Dw + first, Taps[first..last]);
        }
    }
}
