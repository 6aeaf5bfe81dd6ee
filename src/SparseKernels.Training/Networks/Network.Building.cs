using SparseKernels.Training.Layers;

namespace SparseKernels.Training.Networks;

// What is built for a number of images and a layout, and built anew where either changes.
public sealed partial class Network
{
    /// <summary>How the tensors between layers lie in training; it changes between steps, a few times in a run at most.</summary>
    public BlockedLayout Layout => _training.Workspace.Layout;

    /// <summary>How many times <see cref="Layout"/> changed.</summary>
    public int LayoutChanges => _choice.Changes;

    /// <summary>Images in the batch that it is built for.</summary>
    public int Batch => _training.Batch;

    /// <summary>Called before the layout changes: the plans' totals begin anew behind it.</summary>
    internal Action? LayoutChanging { get; set; }

    /// <summary>What the plans chose last.</summary>
    /// <exception cref="InvalidDataException">The value lacks a layer's.</exception>
    internal IReadOnlyList<LayerChoices> Choices
    {
        get => [.. Plans.Select(layer => new LayerChoices(layer.Name, layer.Plan.Choices))];
        set
        {
            if (value.FirstOrDefault(choices => Plans.All(layer => layer.Name != choices.Name)) is { } unknown)
                throw new InvalidDataException($"there are choices of '{unknown.Name}', which the network has not.");
            var layout = value.Count > 0 ? value[0].Choices.Layout : Layout;
            if (value.Any(choices => choices.Choices.Layout != layout)) throw new InvalidDataException("the layers' choices are of two layouts.");
            if (layout != Layout) ChangeLayout(layout);
            foreach (var layer in Plans)
            {
                var theirs = value.FirstOrDefault(choices => choices.Name == layer.Name) ?? throw new InvalidDataException(
                    $"there are no choices of '{layer.Name}'.");
                layer.Plan.Choices = theirs.Choices;
            }
        }
    }

    /// <summary>As if every plan's last choice had been the dense kernels, those of small batches too.</summary>
    internal void ForgetChoices()
    {
        _training.ForgetChoices();
        _inference.ForgetChoices();
    }

    private void Rebuild(int batch) => Rebuild(batch, Layout);

    private void Rebuild(int batch, BlockedLayout layout)
    {
        var (steps, observer, ranks) = (StepsTaken, _training.Workspace.Observer, Ranks);
        _training.Dispose();
        _training = Build(batch, layout);
        (StepsTaken, Observer, Ranks) = (steps, observer, ranks);
    }

    private void ChangeLayout(BlockedLayout layout)
    {
        LayoutChanging?.Invoke();
        Rebuild(Batch, layout);
    }

    private BuiltNetwork Build(int batch, BlockedLayout layout) => new(_graph, MakeWorkspace(batch, layout, reusesTensors: false));

    private LayoutChoice MakeChoice() => LayoutChoice.Under(_schedule, isGiven: _layout is not null);

    private Workspace MakeWorkspace(int batch, BlockedLayout layout, bool reusesTensors) => new(
        batch, _topology, _seed, _schedule, _calibration, layout, Borders.Of(_graph.Layers, layout), reusesTensors);
}
