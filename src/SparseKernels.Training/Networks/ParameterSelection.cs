using SparseKernels.Training.Parameters;

namespace SparseKernels.Training.Networks;

/// <summary>
/// Freezing and learning rates of parts of a network, by name. A path names a parameter (<c>layer1.0.conv1.weight</c>) or all that lie
/// below it (<c>layer1.0</c>, <c>layer1</c>): whole parts between dots, so that <c>layer1</c> is not <c>layer10</c>.
/// </summary>
public static class ParameterSelection
{
    /// <summary>
    /// Freezes parameters: no gradient is computed for them, no optimiser changes them, and below the lowest layer that learns nothing runs
    /// backward. Batch normalisation whose weight and bias are frozen uses its running statistics and leaves them as they are.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="path">Of which parameters; see <see cref="ParameterSelection"/>.</param>
    /// <returns>How many.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">No parameter has that path.</exception>
    public static int Freeze(this Network network, string path) => ForEach(Under(network, path), parameter => parameter.IsFrozen = true);

    /// <summary>As <see cref="Freeze(Network, string)"/>, of the parameters that a predicate chooses.</summary>
    /// <param name="network">The network.</param>
    /// <param name="chosen">Whether to freeze a parameter.</param>
    /// <returns>How many.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static int Freeze(this Network network, Func<Parameter, bool> chosen) => ForEach(Chosen(network, chosen), parameter => parameter.IsFrozen = true);

    /// <summary>
    /// Freezes the parameters of all batch normalisations, which then use their running statistics and leave them as they are: for a pretrained
    /// network whose run is too short to learn them anew.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <returns>How many.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="network"/> is null.</exception>
    public static int FreezeNormalisation(this Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        var normalising = network.Graph.Placed.Where(placed => placed.Layer.Normalises).SelectMany(placed => placed.Layer.Parameters).ToHashSet();
        return network.Freeze(normalising.Contains);
    }

    /// <summary>Lets frozen parameters learn again.</summary>
    /// <param name="network">The network.</param>
    /// <param name="path">Of which parameters; see <see cref="ParameterSelection"/>.</param>
    /// <returns>How many have that path, frozen before or not.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">No parameter has that path.</exception>
    public static int Unfreeze(this Network network, string path) => ForEach(Under(network, path), parameter => parameter.IsFrozen = false);

    /// <summary>As <see cref="Unfreeze(Network, string)"/>, of the parameters that a predicate chooses.</summary>
    /// <param name="network">The network.</param>
    /// <param name="chosen">Whether to let a parameter learn.</param>
    /// <returns>How many.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static int Unfreeze(this Network network, Func<Parameter, bool> chosen) => ForEach(Chosen(network, chosen), parameter => parameter.IsFrozen = false);

    /// <summary>Sets the <see cref="Parameter.RateFactor"/> of parameters.</summary>
    /// <param name="network">The network.</param>
    /// <param name="path">Of which parameters; see <see cref="ParameterSelection"/>.</param>
    /// <param name="factor">What their learning rate is multiplied by; finite, 0 or more.</param>
    /// <returns>How many.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">No parameter has that path.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="factor"/> is negative or not finite.</exception>
    public static int SetRateFactor(this Network network, string path, float factor)
    {
        var parameters = Under(network, path);
        if (!(factor >= 0 && float.IsFinite(factor)))
            throw new ArgumentOutOfRangeException(nameof(factor), $"factor must be finite and 0 or more, got {factor}.");
        return ForEach(parameters, parameter => parameter.RateFactor = factor);
    }

    /// <summary>Takes weight decay from biases and from the weights of normalisations: from all parameters of one dimension.</summary>
    /// <param name="network">The network.</param>
    /// <returns>How many.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="network"/> is null.</exception>
    public static int DecayWeightsAlone(this Network network) =>
        ForEach(Chosen(network, parameter => parameter.Shape.Length == 1), parameter => parameter.Decays = false);

    private static Parameter[] Under(Network network, string path)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentException.ThrowIfNullOrEmpty(path);
        Parameter[] found = [.. network.Parameters.Where(parameter => parameter.Name == path || parameter.Name.StartsWith(path + ".", StringComparison.Ordinal))];
        if (found.Length > 0) return found;
        var names = network.Parameters.Select(parameter => parameter.Name[..Math.Max(0, parameter.Name.LastIndexOf('.'))]).Distinct();
        throw new ArgumentException(
            $"path must be that of parameters of {network.Name}, which has {string.Join(", ", names)}, got '{path}'.", nameof(path));
    }

    private static Parameter[] Chosen(Network network, Func<Parameter, bool> chosen)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(chosen);
        return [.. network.Parameters.Where(chosen)];
    }

    private static int ForEach(Parameter[] parameters, Action<Parameter> change)
    {
        foreach (var parameter in parameters) change(parameter);
        return parameters.Length;
    }
}
