using SparseKernels.Training.Parameters;

namespace SparseKernels.Training.Layers;

/// <summary>
/// Plans with their packed weights, which networks of the same layers share so that each owns its tensors alone. Networks are built one after
/// the other; once one has run, the others run beside it on other threads, as long as the weights stay as they are.
/// </summary>
internal sealed class SharedPlans : IDisposable
{
    private readonly Dictionary<(Parameter Weight, ConvolutionShape Shape, ValueRange? Range), IDisposable> _made = [];

    /// <summary>
    /// Whether a pass may pack weights that changed. Where they may change between passes, one pass at a time may, while no other runs.
    /// </summary>
    public bool MayPack { get; set; } = true;

    /// <summary>What there is for weights, sizes and limits of the output; made when first asked for, and owned by this object.</summary>
    /// <typeparam name="TPlanned">The plan with its weights.</typeparam>
    /// <param name="key">Weights, sizes, limits.</param>
    /// <param name="make">Makes it.</param>
    public TPlanned Of<TPlanned>((Parameter Weight, ConvolutionShape Shape, ValueRange? Range) key, Func<TPlanned> make)
        where TPlanned : class, IDisposable
    {
        if (_made.TryGetValue(key, out var known)) return (TPlanned)known;
        var made = make();
        _made.Add(key, made);
        return made;
    }

    /// <summary>Frees them.</summary>
    public void Dispose()
    {
        foreach (var made in _made.Values) made.Dispose();
        _made.Clear();
    }
}
