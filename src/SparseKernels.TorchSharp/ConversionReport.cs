using System.Text;
using SparseKernels.TorchSharp.Converting;

namespace SparseKernels.TorchSharp;

/// <summary>What <see cref="SparseTorch.Convert"/> did to a model.</summary>
public sealed class ConversionReport
{
    private readonly List<FieldChange> _changes;

    internal ConversionReport(TensorModule original, TensorModule model, List<ConvertedPart> parts, List<FieldChange> changes) =>
        (Original, Model, Parts, _changes) = (original, model, parts, changes);

    /// <summary>The model that was given.</summary>
    public TensorModule Original { get; }

    /// <summary>
    /// The model to call: the one that was given, or for a Sequential another one of the same modules, since what it runs can't be changed in
    /// place.
    /// </summary>
    public TensorModule Model { get; }

    /// <summary>What became of what, in the order of the modules.</summary>
    public IReadOnlyList<ConvertedPart> Parts { get; }

    /// <summary>
    /// Puts the model back as it was and frees the memory of its stretches; parameters and running statistics stay as they are now. Calling it again
    /// does nothing.
    /// </summary>
    /// <returns>The model that was given.</returns>
    public TensorModule Revert()
    {
        for (var i = _changes.Count - 1; i >= 0; i--) _changes[i].Undo();
        _changes.Clear();
        (Model as IConverted)?.Free();
        return Original;
    }

    /// <summary>What ran in the stretches, and on which kernels, for each size of input that memory is kept for.</summary>
    /// <returns>Lines of text; none before the first call, or after <see cref="Revert"/>.</returns>
    public string Explain() => (Model as IConverted)?.Explain() + string.Concat(_changes.Select(change => (change.After as IConverted)?.Explain()));

    /// <summary>One line for each part.</summary>
    public override string ToString() => new StringBuilder().AppendJoin('\n', Parts).ToString();
}
