using SparseKernels.Pruning;
using SparseKernels.TorchSharp.Nodes;
using SparseKernels.TorchSharp.Pruning;

namespace SparseKernels.TorchSharp;

/// <summary>
/// Prunes a TorchSharp model while torch trains it: the weights of its Conv2d and Linear modules (and of SparseConv2d and SparseLinear), in torch's own memory, after each step of
/// any of torch's optimisers. What is pruned is zero after every <see cref="Step"/>, whatever momentum and decay made of it, and converted
/// stretches compute no gradients for it.
/// </summary>
/// <remarks>Not for several threads at once. The model's modules must not be disposed before it.</remarks>
public sealed class TorchPruning : IDisposable
{
    private readonly PrunedParameter[] _parameters;

    private TorchPruning(PruningUnit unit, PrunedParameter[] parameters)
    {
        (Unit, _parameters) = (unit, parameters);
        Want();
    }

    /// <summary>
    /// The unit that says what is pruned and when; its <see cref="PruningUnit.State"/> is what a checkpoint keeps beside the state dictionary.
    /// </summary>
    public PruningUnit Unit { get; }

    /// <summary>Registers a model's weights with a unit.</summary>
    /// <param name="unit">A unit without layers.</param>
    /// <param name="model">The model, before or after <see cref="SparseTorch.Convert"/>; 32-bit floats on the CPU.</param>
    /// <param name="denseLayers">
    /// Names of the Conv2d and Linear modules that are not pruned, as <c>named_modules</c> has them; by default the first and the last as they are
    /// declared, a module's own in its place.
    /// </param>
    /// <returns>What prunes the model from now on.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="unit"/> or <paramref name="model"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="unit"/> has layers, a dense layer doesn't exist, or none is left to prune.</exception>
    /// <exception cref="InvalidOperationException">A weight is of another type, or on another device.</exception>
    public static TorchPruning Attach(PruningUnit unit, TensorModule model, IReadOnlyCollection<string>? denseLayers = null)
    {
        ArgumentNullException.ThrowIfNull(unit);
        ArgumentNullException.ThrowIfNull(model);
        if (unit.Layers.Count > 0) throw new ArgumentException($"unit must have no layers yet, got {unit.Layers.Count}.", nameof(unit));
        var prunable = DeclaredModules.In(model).Where(entry => entry.Module is TorchModules.Conv2d or TorchModules.Linear or SparseModule)
            .DistinctBy(entry => entry.Module, ReferenceEqualityComparer.Instance).ToArray();
        if (prunable.Length == 0) throw new ArgumentException("model must have a Conv2d or Linear, got none.", nameof(model));
        var dense = denseLayers ?? [prunable[0].Name, prunable[^1].Name];
        if (dense.FirstOrDefault(name => prunable.All(entry => entry.Name != name)) is { } unknown)
        {
            throw new ArgumentException(
                $"denseLayers must be among {string.Join(", ", prunable.Select(entry => entry.Name))}, got '{unknown}'.", nameof(denseLayers));
        }

        var pruned = prunable.Where(entry => !dense.Contains(entry.Name)).ToArray();
        if (pruned.Length == 0) throw new ArgumentException($"denseLayers must leave a layer to prune, got {string.Join(", ", dense)}.", nameof(denseLayers));
        return new TorchPruning(unit, [.. pruned.Select(entry => new PrunedParameter(unit, entry.Name, entry.Module))]);
    }

    /// <summary>After each <c>optimizer.step()</c>, before <c>zero_grad()</c>: prunes if the strategy says so, and makes what is pruned zero.</summary>
    /// <returns>Whether a mask changed.</returns>
    /// <exception cref="InvalidOperationException">
    /// A weight is of another type or on another device than before, or lacks a gradient that the strategy reads.
    /// </exception>
    public bool Step()
    {
        Look(Unit.NeedsDenseGradients);
        var changed = Unit.Step();
        Want();
        return changed;
    }

    /// <summary>After each evaluation: tells the strategy the accuracy, which may bring back weights and masks of before.</summary>
    /// <param name="accuracy">Accuracy on held-out data, never on the test set; NaN where there is none.</param>
    /// <returns>What was done, for the caller to do the same with all other state: the other parameters, buffers and the optimiser's.</returns>
    /// <exception cref="InvalidOperationException">A weight is of another type or on another device than before.</exception>
    public PruningAction OnEvaluation(double accuracy)
    {
        Look(wantsGradient: false);
        return Unit.OnEvaluation(accuracy);
    }

    /// <summary>Ends training: brings back the state kept last if the network has not recovered since it was pruned.</summary>
    /// <returns>As of <see cref="OnEvaluation"/>.</returns>
    /// <exception cref="InvalidOperationException">A weight is of another type or on another device than before.</exception>
    public PruningAction Finish()
    {
        Look(wantsGradient: false);
        return Unit.Finish();
    }

    /// <summary>Goes on from the <see cref="PruningUnit.State"/> of a run, once the model's state dictionary is loaded.</summary>
    /// <param name="state">The state.</param>
    /// <exception cref="ArgumentNullException"><paramref name="state"/> is null.</exception>
    /// <exception cref="ArgumentException">It is of another strategy or other layers, or damaged; nothing was written then.</exception>
    /// <exception cref="InvalidOperationException">A weight is of another type or on another device than before.</exception>
    public void Restore(PruningState state)
    {
        Look(wantsGradient: false);
        Unit.Restore(state);
        Want();
    }

    /// <summary>
    /// Writes what is pruned to a file beside the model's state dictionary: masks, the strategy's numbers and, if the gate keeps one, the state to go
    /// back to. The file is replaced whole or not at all.
    /// </summary>
    /// <param name="path">The file, in the safetensors format.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty.</exception>
    /// <exception cref="IOException">Writing fails.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        PruningStateFile.Write(path, Unit.State);
    }

    /// <summary>Goes on from a file of <see cref="Save"/>, once the model's state dictionary is loaded: what was zero is zero again.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ArgumentException">It is of another strategy or other layers; nothing was written then.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is damaged or none of these; nothing was written then.</exception>
    /// <exception cref="InvalidOperationException">A weight is of another type or on another device than before.</exception>
    public void Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Restore(PruningStateFile.Read(path));
    }

    /// <summary>
    /// Goes on with the masks of a weights file in the sparse form, as <c>sparsekernels train</c> and <c>Network.Save</c> write it, once the model's
    /// state dictionary is loaded from it: what the masks leave out is zero from now on. Layers of which the file has no mask keep theirs, and the
    /// strategy goes on from where it is.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is damaged, has no masks, or one of a layer that is not pruned here; nothing was written then.</exception>
    /// <exception cref="InvalidOperationException">A weight is of another type or on another device than before.</exception>
    public void LoadMasks(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Restore(StoredMasks.Read(path, Unit));
    }

    /// <summary>Lets the model go: what is zero stays zero until torch trains it. Calling it again does nothing.</summary>
    public void Dispose()
    {
        foreach (var parameter in _parameters) parameter.Detach();
    }

    private void Look(bool wantsGradient)
    {
        foreach (var parameter in _parameters) parameter.Look(wantsGradient);
    }

    private void Want()
    {
        foreach (var parameter in _parameters) parameter.Want(Unit.NeedsDenseGradients);
    }
}
