using SparseKernels.Diagnostics;

namespace SparseKernels.Training.Layers;

/// <summary>The operands whose zeros the passes of one convolution skipped last: where its plan goes on from.</summary>
/// <param name="Name">The layer's path: <c>layer1.0.conv1</c>.</param>
/// <param name="Choices">The choices.</param>
public sealed record LayerChoices(string Name, PlanChoices Choices)
{
    private const int Passes = 3;
    private const char Separator = ' ';

    /// <summary>What stands behind the choices of batch-blocked tensors.</summary>
    private const string Batches = "batches";

    /// <summary>As <c>input-weight dense dense</c>: Forward, BackwardData, BackwardWeights; <c>batches</c> behind them for batch-blocked tensors.</summary>
    internal string ToText()
    {
        var text = string.Join(Separator, Choices.Forward, Choices.BackwardData, Choices.BackwardWeights);
        return Choices.Layout == BlockedLayout.BatchBlocked ? $"{text}{Separator}{Batches}" : text;
    }

    /// <summary>Reads what <see cref="ToText"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The text is of no choices.</exception>
    internal static LayerChoices Parse(string name, string text)
    {
        var parts = text.Split(Separator);
        var layout = parts.Length == Passes + 1 && parts[^1] == Batches ? BlockedLayout.BatchBlocked : BlockedLayout.ChannelBlocked;
        if (layout == BlockedLayout.BatchBlocked) parts = parts[..Passes];
        if (parts.Length != Passes) throw new InvalidDataException($"the choices of '{name}' must be {Passes} names, got '{text}'.");
        return new LayerChoices(name, new PlanChoices(Choice(name, parts[0]), Choice(name, parts[1]), Choice(name, parts[2]), layout));
    }

    private static PassChoice Choice(string name, string text)
    {
        foreach (var choice in Known())
        {
            if (choice.ToString() == text) return choice;
        }

        throw new InvalidDataException($"the choices of '{name}' must be among {string.Join(", ", Known())}, got '{text}'.");
    }

    private static IEnumerable<PassChoice> Known() => OperandPair.All.Select(PassChoice.Of).Prepend(PassChoice.Dense).Prepend(PassChoice.None);
}
