using System.Reflection;
using SparseKernels.TorchSharp.Sketching;

namespace SparseKernels.TorchSharp.Converting;

/// <summary>Goes through a model and puts runners of stretches into the fields of its modules; the modules' own lists of modules stay.</summary>
internal sealed class ModelConverter
{
    private readonly ConversionSettings _settings;
    private readonly HashSet<AnyModule> _seen = new(ReferenceEqualityComparer.Instance);

    /// <summary>Begins a conversion.</summary>
    /// <param name="options">The user's options.</param>
    public ModelConverter(SparseTorchOptions options) => _settings = new ConversionSettings(
        options, KnownBlocks.Under(options), Parts.Add, (module, name) => ConvertInside(module, name + "."));

    /// <summary>What became of what.</summary>
    public List<ConvertedPart> Parts { get; } = [];

    /// <summary>What was changed.</summary>
    public List<FieldChange> Changes { get; } = [];

    /// <summary>Converts a model.</summary>
    /// <param name="model">The model.</param>
    /// <returns>What to call: the model itself, or for a Sequential the one that stands for it.</returns>
    public TensorModule Convert(TensorModule model)
    {
        if (model.GetType() == typeof(TorchModules.Sequential))
            return (TensorModule?)ConvertedSequential.TryMake((TorchModules.Sequential)model, _settings, prefix: "") ?? model;

        if (!ConvertInside(model, prefix: "")) Stays(model.GetName(), "it has no modules in fields that could be converted");
        return model;
    }

    /// <summary>Converts what the fields of a module hold.</summary>
    /// <returns>Whether something of it was reported.</returns>
    private bool ConvertInside(AnyModule module, string prefix)
    {
        if (!_seen.Add(module)) return false;
        var before = Parts.Count;
        if (module is TorchModules.Sequential)
        {
            // Its own list can't be written, but the modules in it can.
            foreach (var (name, child) in module.named_children()) ConvertInside(child, $"{prefix}{name}.");
            return Parts.Count > before;
        }

        if (module is TensorModule known && _settings.Blocks.Of(known) is { } block && TryConvertRow(known, block, prefix)) return true;
        foreach (var (name, child) in module.named_children()) ConvertChild(module, name, child, prefix + name);
        return Parts.Count > before;
    }

    /// <summary>A module whose forward is a row of its fields: the first runs them all, the others hand on.</summary>
    private bool TryConvertRow(TensorModule module, BlockDescription block, string prefix)
    {
        if (block is not { AddsInput: false, Beside: null, HasRelu: false }) return false;
        if (block.Row.Any(name => name is BlockDescription.Relu or BlockDescription.Mean) || block.Row.Distinct().Count() < block.Row.Count) return false;
        var row = KnownBlocks.RowOf(module, block);
        FieldInfo[] fields = [.. block.Row.Select(name => KnownBlocks.FieldOf(module.GetType(), name)!)];
        if (fields.Any(field => !CanHold(field.FieldType)))
        {
            var sealedField = fields.First(field => !CanHold(field.FieldType));
            Stays(prefix + sealedField.Name, WhyNot(sealedField.FieldType));
            return false;
        }

        if (RowRunner.TryMake(row, [.. block.Row.Select(name => prefix + name)], _settings) is not { } runner) return false;
        for (var i = 0; i < fields.Length; i++)
            Change(new FieldChange(module, fields[i], 0, row[i], i == 0 ? Head(fields[i], runner, row[i]) : Stand(fields[i], row[i])));
        return true;
    }

    private void ConvertChild(AnyModule parent, string name, AnyModule child, string path)
    {
        if (child is not TensorModule module || ModulePlace.Of(parent, child).FirstOrDefault() is not { } place)
        {
            ConvertInside(child, path + ".");
            return;
        }

        var isRow = child.GetType() == typeof(TorchModules.Sequential);
        var isKnown = _settings.Blocks.Of(module) is not null;
        if (!isRow && !isKnown && child is not (TorchModules.Conv2d or TorchModules.Linear))
        {
            ConvertInside(child, path + ".");
            return;
        }

        if (!CanHold(place.Type) && !(isRow && place.Type == typeof(TorchModules.Sequential)))
        {
            if (!isRow && !isKnown) Stays(path, WhyNot(place.Type));
            else ConvertInside(child, path + ".");
            return;
        }

        if (isRow)
        {
            if (ConvertedSequential.TryMake((TorchModules.Sequential)child, _settings, path + ".") is { } converted)
                Change(parent, child, converted);
            return;
        }

        if (RowRunner.TryMake([module], [path], _settings) is { } runner)
            Change(parent, child, new SparseRow(runner, module));
    }

    private void Change(AnyModule parent, AnyModule child, AnyModule after)
    {
        foreach (var place in ModulePlace.Of(parent, child))
        {
            if (place.Type.IsInstanceOfType(after)) Change(new FieldChange(place.Owner, place.Field, place.Key, child, after));
        }
    }

    private static bool CanHold(Type type) => type.IsAssignableFrom(typeof(SparseRow)) || type == typeof(TorchModules.Sequential);

    private static string WhyNot(Type type) => $"its field is of the sealed type {type.Name}: declare it as Module<Tensor, Tensor>";

    private static TensorModule Head(FieldInfo field, RowRunner runner, TensorModule first) => field.FieldType == typeof(TorchModules.Sequential)
        ? throw new NotSupportedException($"the first module of a row must not be in a field of type Sequential, got {field.Name}")
        : new SparseRow(runner, first);

    private static TensorModule Stand(FieldInfo field, TensorModule original) => field.FieldType == typeof(TorchModules.Sequential)
        ? new PassThroughSequential((TorchModules.Sequential)original)
        : new PassThrough(original);

    private void Stays(string name, string why) => Parts.Add(new ConvertedPart([name], ConversionKind.Torch, why));

    private void Change(FieldChange change)
    {
        change.Do();
        Changes.Add(change);
    }
}
