namespace SparseKernels.TorchSharp;

/// <summary>Modules of a model that were converted together, or stayed as they were.</summary>
/// <param name="Modules">Their names in the model: <c>features.0</c>.</param>
/// <param name="Kind">What became of them.</param>
/// <param name="Why">Why they stayed; null for converted ones.</param>
public sealed record ConvertedPart(IReadOnlyList<string> Modules, ConversionKind Kind, string? Why)
{
    /// <inheritdoc/>
    public override string ToString()
    {
        var names = Modules.Count == 1 ? Modules[0] : $"{Modules[0]} to {Modules[^1]}";
        return Kind == ConversionKind.Stretch ? $"{names}: one stretch of {Modules.Count} modules" : $"{names}: stays with torch, since {Why}";
    }
}
