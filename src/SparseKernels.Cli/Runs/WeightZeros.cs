using System.Globalization;
using SparseKernels.Training.Networks;

namespace SparseKernels.Cli.Runs;

/// <summary>How many weights a network has and how many are zero: those of convolutions and fully connected layers.</summary>
/// <param name="Weights">All.</param>
/// <param name="Zeros">Those that are zero.</param>
internal readonly record struct WeightZeros(long Weights, long Zeros)
{
    private const double Million = 1e6;

    /// <summary>The zeros' share, 0 to 1.</summary>
    public double Share => Weights == 0 ? 0 : (double)Zeros / Weights;

    /// <summary>Counts them.</summary>
    public static WeightZeros Of(Network network)
    {
        var (weights, zeros) = (0L, 0L);
        foreach (var parameter in network.Parameters.Where(parameter => parameter.Shape.Length > 1))
        {
            weights += parameter.Value.Length;
            zeros += parameter.Value.AsSpan().Count(0f);
        }

        return new WeightZeros(weights, zeros);
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Weights / Million:F2} million weights, {100 * Share:F1} % of them zero");
}
