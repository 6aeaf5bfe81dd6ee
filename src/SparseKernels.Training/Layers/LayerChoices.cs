using SparseKernels.Diagnostics;

namespace SparseKernels.Training.Layers;

/// <summary>The operands whose zeros the passes of one convolution skipped last: where its plan goes on from.</summary>
/// <param name="Name">The layer's path: <c>layer1.0.conv1</c>.</param>
/// <param name="Choices">The choices.</param>
public sealed record LayerChoices(string Name, PlanChoices Choices)
{
    private const int Passes = 3;
    private const char Separator = ' ';

    /// <summary>As <c>input-weight dense dense</c>: Forward, BackwardData, BackwardWeights.</summary>
    internal string ToText() => string.Join(Separator, Text(Choices.Forward), Text(Choices.BackwardData), Text(Choices.BackwardWeights));

    /// <summary>Reads what <see cref="ToText"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The text is of no choices.</exception>
    internal static LayerChoices Parse(string name, string text)
    {
        var parts = text.Split(Separator);
        if (parts.Length != Passes) throw new InvalidDataException($"the choices of '{name}' must be {Passes} names, got '{text}'.");
        return new LayerChoices(name, new PlanChoices(Pair(name, parts[0]), Pair(name, parts[1]), Pair(name, parts[2])));
    }

    private static string Text(OperandPair? pair) => (pair is { } known ? KernelSchedule.Forced(known) : KernelSchedule.Dense).ToString();

    private static OperandPair? Pair(string name, string text)
    {
        foreach (var pair in OperandPair.All)
        {
            if (Text(pair) == text) return pair;
        }

        return text == Text(null)
            ? null
            : throw new InvalidDataException(
                $"the choices of '{name}' must be {Text(null)} or pairs such as {Text(OperandPair.All[0])}, got '{text}'.");
    }
}
