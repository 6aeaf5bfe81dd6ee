using System.Globalization;
using SparseKernels.Files;
using SparseKernels.Isa;
using SparseKernels.Schemas;
using SparseKernels.Sparsity;
using SparseKernels.Training.Files;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Pruning;
using SparseKernels.Training.Randomness;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Checkpoints;

/// <summary>
/// A training run at one moment, in two files. <c>name.safetensors</c> holds the weights and buffers alone under their PyTorch names, those
/// that are masked in the form of <see cref="WeightsFile"/>. <c>name.state.safetensors</c> holds all that resuming needs — the same
/// weights, their masks, the optimiser's state, epoch, step, seed and settings, what the plans chose, how far pruning is — of masked
/// tensors the values inside the mask alone. It is replaced in one rename, so it always fits itself whenever the process is killed. It is
/// written first: after a kill between the two the weights file is one checkpoint older, or gone, and resuming, which reads the state file
/// only, brings it up to date. No generator state is kept: <see cref="RandomSource"/> draws from seed, epoch and step.
/// </summary>
public sealed class Checkpoint
{
    private const string Format = "sparsekernels-training-state";
    private const string Version = "3";
    private const string ModelPrefix = "model.";
    private const string OptimiserPrefix = "optimiser.";
    private const string SettingPrefix = "setting.";
    private const string MaskPrefix = "mask.";
    private const string KeptPrefix = "kept.";
    private const string ChoicesPrefix = "choices.";
    private const string InputKey = "input";
    private const string ClassesKey = "classes";
    private const string CalibrationKey = "calibration";
    private const string InstructionSetKey = "instruction-set";
    private const string Extension = ".safetensors";
    private const string StateExtension = ".state.safetensors";

    private static readonly string[] s_prefixes = [ModelPrefix, OptimiserPrefix, MaskPrefix, KeptPrefix + ModelPrefix, KeptPrefix + OptimiserPrefix, KeptPrefix + MaskPrefix];

    /// <summary>Gathers a checkpoint; the tensors are not copied.</summary>
    /// <param name="progress">How far the run is.</param>
    /// <param name="model">The network's parameters and buffers.</param>
    /// <param name="optimiser">The optimiser's state, named like the parameters it belongs to.</param>
    /// <param name="settings">What the run was started with: model, data, batch and so on.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public Checkpoint(
        TrainingProgress progress, IReadOnlyList<NamedTensor> model, IReadOnlyList<NamedTensor> optimiser,
        IReadOnlyDictionary<string, string> settings)
    {
        ArgumentNullException.ThrowIfNull(progress);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(optimiser);
        ArgumentNullException.ThrowIfNull(settings);
        (Progress, Model, Optimiser, Settings) = (progress, model, optimiser, settings);
    }

    /// <summary>How far the run is.</summary>
    public TrainingProgress Progress { get; }

    /// <summary>The network's parameters and buffers.</summary>
    public IReadOnlyList<NamedTensor> Model { get; }

    /// <summary>The optimiser's state.</summary>
    public IReadOnlyList<NamedTensor> Optimiser { get; }

    /// <summary>What the run was started with.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; }

    /// <summary>The masks of those parameters that have one.</summary>
    public IReadOnlyList<NamedMask> Masks { get; init; } = [];

    /// <summary>What each class is called, by its label; none where the images came without names.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>The sizes of one image; null in checkpoints of builds that did not keep them.</summary>
    public FeatureShape? Input { get; init; }

    /// <summary>Classes that the network tells apart; null likewise.</summary>
    public int? Classes { get; init; }

    /// <summary>What the convolutions' plans chose last.</summary>
    public IReadOnlyList<LayerChoices> Choices { get; init; } = [];

    /// <summary>What their times were predicted from; null where choices don't have to repeat.</summary>
    public Calibration? Calibration { get; init; }

    /// <summary>The instruction set on which the run was: on another the same steps give other last bits. Null if not known.</summary>
    public InstructionSetKind? InstructionSet { get; init; }

    /// <summary>How far pruning is; null for a run that doesn't prune.</summary>
    internal PruningProgress? Pruning { get; init; }

    /// <summary>The state file that belongs to a weights file.</summary>
    /// <param name="path">The weights file, <c>name.safetensors</c>.</param>
    /// <returns><c>name.state.safetensors</c>.</returns>
    /// <exception cref="ArgumentException">
    /// <paramref name="path"/> is null or empty, doesn't end in <c>.safetensors</c>, or is itself a state file.
    /// </exception>
    public static string StatePath(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!path.EndsWith(Extension, StringComparison.Ordinal) || path.EndsWith(StateExtension, StringComparison.Ordinal))
            throw new ArgumentException(
                $"path must be the weights file, ending in '{Extension}' and not '{StateExtension}', got '{path}'.", nameof(path));
        return path[..^Extension.Length] + StateExtension;
    }

    /// <summary>Writes both files, each atomically.</summary>
    /// <param name="path">The weights file, <c>name.safetensors</c>; its folder must exist.</param>
    /// <param name="dense">Whether the weights file has plain tensors even where there are masks, for readers that know no other.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is not a weights file's name, or tensor names repeat.</exception>
    /// <exception cref="IOException">The file system refuses; the files that were there are still whole.</exception>
    public void Save(string path, bool dense = false)
    {
        var statePath = StatePath(path);
        var state = ToSafetensors();
        var weights = ToWeights().ToSafetensors(Progress.Step, dense);
        AtomicFile.Write(statePath, state.WriteTo);
        AtomicFile.Write(path, weights.WriteTo);
    }

    /// <summary>Writes the weights file anew where a kill between the two files left it a checkpoint behind, or it is damaged or gone.</summary>
    /// <param name="path">The weights file.</param>
    /// <param name="dense">As for <see cref="Save"/>.</param>
    /// <exception cref="IOException">The file system refuses.</exception>
    internal void RepairWeights(string path, bool dense)
    {
        if (!HasWeightsOfThisStep(path)) AtomicFile.Write(path, ToWeights().ToSafetensors(Progress.Step, dense).WriteTo);
    }

    /// <summary>Reads the state file of a checkpoint.</summary>
    /// <param name="path">The weights file, <c>name.safetensors</c>; it need not exist, the state file beside it must.</param>
    /// <returns>The checkpoint.</returns>
    /// <exception cref="ArgumentException"><paramref name="path"/> is not a weights file's name.</exception>
    /// <exception cref="FileNotFoundException">There is no state file.</exception>
    /// <exception cref="InvalidDataException">The state file is damaged or of another kind or version.</exception>
    public static Checkpoint Load(string path)
    {
        var statePath = StatePath(path);
        if (!File.Exists(statePath)) throw new FileNotFoundException($"There is no checkpoint '{statePath}'.", statePath);
        var file = SafetensorsFile.Read(statePath);
        try
        {
            return From(file);
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException)
        {
            throw new InvalidDataException($"'{statePath}': {e.Message}", e);
        }
    }

    /// <summary>Copies the tensors into a network and an optimiser of the same make, after checking that all of them fit.</summary>
    /// <param name="model">The network's parameters and buffers, overwritten.</param>
    /// <param name="optimiser">The optimiser's state, overwritten.</param>
    /// <exception cref="InvalidDataException">A tensor is missing, left over or of another shape; nothing was written.</exception>
    public void Restore(IReadOnlyList<NamedTensor> model, IReadOnlyList<NamedTensor> optimiser)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(optimiser);
        var weights = TensorMatch.Pair(Model, model, "model");
        var state = TensorMatch.Pair(Optimiser, optimiser, "optimiser");
        foreach (var (from, to) in weights.Concat(state)) from.Values.CopyTo(to.Values, 0);
    }

    /// <summary>
    /// Gives parameters the masks of the checkpoint, and none to those that had none, after checking that all of them fit.
    /// </summary>
    /// <param name="parameters">The network's parameters.</param>
    /// <exception cref="InvalidDataException">A mask belongs to no parameter or is of other sizes; nothing was changed.</exception>
    public void RestoreMasks(IReadOnlyList<Parameter> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        MaskMatch.Restore(Masks, parameters);
    }

    /// <summary>What the weights file holds: of parameters with a running average that, of all else the run's own values.</summary>
    /// <returns>The weights; nothing is copied.</returns>
    public WeightsFile ToWeights()
    {
        var averages = Optimiser.Where(tensor => tensor.Name.EndsWith(Parameter.AverageSuffix, StringComparison.Ordinal))
            .ToDictionary(tensor => Parameter.OwnerOf(tensor.Name), tensor => tensor.Values);
        return new WeightsFile(
            [.. Model.Select(tensor => averages.TryGetValue(tensor.Name, out var average) ? tensor with { Values = average } : tensor)], Masks)
        {
            ClassNames = ClassNames,
        };
    }

    private bool HasWeightsOfThisStep(string path)
    {
        try
        {
            var step = SafetensorsFile.Read(path).Metadata.GetValueOrDefault("step");
            return step == Progress.Step.ToString(CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return false;
        }
    }

    private SafetensorsFile ToSafetensors()
    {
        var metadata = new Dictionary<string, string> { ["format"] = Format, ["version"] = Version };
        Progress.AddTo(metadata);
        foreach (var (key, value) in Settings) metadata.Add(SettingPrefix + key, value);
        ClassNameList.AddTo(metadata, ClassNames);
        if (Input is { } input) metadata.Add(InputKey, string.Create(CultureInfo.InvariantCulture, $"{input.Channels}x{input.Height}x{input.Width}"));
        if (Classes is { } classes) metadata.Add(ClassesKey, classes.ToString(CultureInfo.InvariantCulture));
        if (InstructionSet is { } isa) metadata.Add(InstructionSetKey, Isa.InstructionSet.NameOf(isa));
        if (Calibration is not null) metadata.Add(CalibrationKey, Calibration.ToJson());
        foreach (var choices in Choices) metadata.Add(ChoicesPrefix + choices.Name, choices.ToText());
        foreach (var mask in Masks)
        {
            var tensor = Model.FirstOrDefault(tensor => tensor.Name == mask.Name) ?? throw new ArgumentException(
                $"there is a mask of '{mask.Name}', but no such tensor in the model.");
            MaskedTensorForm.Describe(tensor, mask.Mask, metadata);
        }

        var tensors = new List<NamedTensor>();
        var bitmaps = new List<NamedBytes>();
        Add("", Model, Optimiser, Masks, tensors, bitmaps);
        if (Pruning is { } pruning)
        {
            pruning.AddTo(metadata);
            if (pruning.Kept is { } kept) Add(KeptPrefix, kept.Model, kept.Optimiser, kept.Masks, tensors, bitmaps);
        }

        return new SafetensorsFile(tensors, bitmaps, metadata);
    }

    private static void Add(
        string prefix, IReadOnlyList<NamedTensor> model, IReadOnlyList<NamedTensor> optimiser, IReadOnlyList<NamedMask> masks,
        List<NamedTensor> tensors, List<NamedBytes> bitmaps)
    {
        var masked = masks.ToDictionary(mask => mask.Name, mask => mask.Mask);
        tensors.AddRange(model.Select(tensor => Packed(tensor) with { Name = prefix + ModelPrefix + tensor.Name }));
        tensors.AddRange(optimiser.Select(tensor => Packed(tensor) with { Name = prefix + OptimiserPrefix + tensor.Name }));
        bitmaps.AddRange(masks.Select(mask => MaskedTensorForm.Bitmap(prefix + MaskPrefix + mask.Name, mask.Mask)));

        NamedTensor Packed(NamedTensor tensor) =>
            masked.TryGetValue(Parameter.OwnerOf(tensor.Name), out var mask) ? MaskedTensorForm.Pack(tensor, mask) : tensor;
    }

    private static Checkpoint From(SafetensorsFile file)
    {
        var fields = new Fields(file.Metadata);
        if (fields.TextOrNone("format") != Format || fields.TextOrNone("version") != Version)
            throw new InvalidDataException(
                $"expected format {Format}, version {Version}, got {fields.TextOrNone("format") ?? "none"}, version {fields.TextOrNone("version") ?? "none"}.");
        var stray = file.Tensors.Select(t => t.Name).Concat(file.Bytes.Select(t => t.Name)).FirstOrDefault(
            name => !s_prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)));
        if (stray is not null)
            throw new InvalidDataException(
                $"expected tensors named {string.Join(", ", s_prefixes.Select(prefix => prefix + "…"))}, got '{stray}'.");
        var progress = TrainingProgress.From(fields);
        var (model, optimiser, masks) = Read("", file, fields);
        var checkpoint = new Checkpoint(progress, model, optimiser, fields.Under(SettingPrefix))
        {
            Masks = masks,
            ClassNames = ClassNameList.Parse(fields.TextOrNone(ClassNameList.Key)),
            Input = InputOf(fields),
            Classes = fields.NumberOrNone(ClassesKey, NumberRules.Size),
            Calibration = CalibrationOf(fields),
            InstructionSet = InstructionSetOf(fields),
            Choices = [.. fields.Under(ChoicesPrefix).Select(pair => LayerChoices.Parse(pair.Key, pair.Value))],
            Pruning = fields.HasUnder(PruningProgress.Prefix) ? PruningProgress.From(fields, progress.Step, masks, KeptOf(file, fields)) : null,
        };
        fields.RefuseOthers();
        return checkpoint;
    }

    private static FeatureShape? InputOf(Fields fields)
    {
        if (fields.TextOrNone(InputKey) is not { } text) return null;
        var sizes = text.Split('x');
        if (sizes.Length != 3) throw new InvalidDataException($"expected three sizes for {InputKey}, got '{text}'.");
        return new FeatureShape(Size(0), Size(1), Size(2));

        int Size(int i) => NumberRules.Size.Parse(InputKey, sizes[i]);
    }

    private static InstructionSetKind? InstructionSetOf(Fields fields)
    {
        if (fields.TextOrNone(InstructionSetKey) is not { } name) return null;
        return Isa.InstructionSet.KindOf(name)
            ?? throw new InvalidDataException($"expected one of {Isa.InstructionSet.KnownNames} for {InstructionSetKey}, got '{name}'.");
    }

    private static Calibration? CalibrationOf(Fields fields)
    {
        if (fields.TextOrNone(CalibrationKey) is not { } json) return null;
        try
        {
            return Calibration.Parse(json);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{CalibrationKey}: {(e.InnerException ?? e).Message}", e);
        }
    }

    private static KeptState? KeptOf(SafetensorsFile file, Fields fields)
    {
        if (!file.Tensors.Any(tensor => tensor.Name.StartsWith(KeptPrefix, StringComparison.Ordinal))) return null;
        var (model, optimiser, masks) = Read(KeptPrefix, file, fields);
        return new KeptState(model, optimiser, masks);
    }

    private static (IReadOnlyList<NamedTensor> Model, IReadOnlyList<NamedTensor> Optimiser, IReadOnlyList<NamedMask> Masks) Read(
        string prefix, SafetensorsFile file, Fields fields)
    {
        var masks = new Dictionary<string, (WeightPattern Mask, int[] Shape)>();
        foreach (var bitmap in file.Bytes.Where(bitmap => bitmap.Name.StartsWith(prefix + MaskPrefix, StringComparison.Ordinal)))
        {
            var name = bitmap.Name[(prefix + MaskPrefix).Length..];
            masks.Add(name, MaskedTensorForm.MaskOf(bitmap, name, fields));
        }

        return (Part(prefix + ModelPrefix), Part(prefix + OptimiserPrefix), [.. masks.Select(mask => new NamedMask(mask.Key, mask.Value.Mask))]);

        NamedTensor[] Part(string part) =>
            [.. file.Tensors.Where(t => t.Name.StartsWith(part, StringComparison.Ordinal)).Select(t => Whole(t with { Name = t.Name[part.Length..] }))];

        NamedTensor Whole(NamedTensor tensor) =>
            masks.TryGetValue(Parameter.OwnerOf(tensor.Name), out var found) ? MaskedTensorForm.Unpack(tensor, found.Mask, found.Shape) : tensor;
    }
}
