namespace PictureServer.Requests;

/// <summary>A class that a picture may show.</summary>
/// <param name="Label">Its number.</param>
/// <param name="Name">What it is called; its number where nobody named it.</param>
/// <param name="Probability">0 to 1.</param>
internal sealed record FoundClass(int Label, string Name, float Probability);

/// <summary>What a client gets.</summary>
/// <param name="Classes">The likeliest classes, the first the likeliest.</param>
internal sealed record Answer(IReadOnlyList<FoundClass> Classes)
{
    /// <summary>The likeliest classes.</summary>
    public static Answer Of(ReadOnlySpan<float> probabilities, IReadOnlyList<string> names, int top)
    {
        var labels = new int[probabilities.Length];
        for (var i = 0; i < labels.Length; i++) labels[i] = i;
        var keys = probabilities.ToArray();
        Array.Sort(keys, labels);
        Array.Reverse(labels);
        var found = new FoundClass[Math.Min(top, labels.Length)];
        for (var i = 0; i < found.Length; i++)
            found[i] = new FoundClass(labels[i], names.Count > 0 ? names[labels[i]] : $"{labels[i]}", probabilities[labels[i]]);
        return new Answer(found);
    }
}
