using System.Globalization;

namespace SparseKernels.Training.Checkpoints;

/// <summary>
/// A training run at one moment, in two files. <c>name.safetensors</c> holds the weights and buffers alone under their PyTorch names, for
/// any reader. <c>name.state.safetensors</c> holds all that resuming needs — the same weights, their masks, the optimiser's state, epoch, step, seed
/// and settings, what the plans chose — and is replaced in one rename, so it always fits itself whenever the process is killed. It is written first: after a
/// kill between the two the weights file is one checkpoint older, and resuming, which reads the state file only, brings it up to date.
/// No generator state is kept: <see cref="RandomSource"/> draws from seed, epoch and step.
/// </summary>
public sealed class Checkpoint
{
    private const string Format = "sparsekernels-training-state";
    private const string Version = "2";
    private const string ModelPrefix = "model.";
    private const string OptimiserPrefix = "optimiser.";
    private const string SettingPrefix = "setting.";
    private const string MaskPrefix = "mask.";
    private const string MaskGroupPrefix = "mask-group.";
    private const string ChoicesPrefix = "choices.";
    private const string CalibrationKey = "calibration";
    private const string Extension = ".safetensors";
    private const string StateExtension = ".state.safetensors";

    private static readonly string[] s_prefixes = [ModelPrefix, OptimiserPrefix, MaskPrefix];

    /// <summary>Gathers a checkpoint; the tensors are not copied.</summary>
    /// <param name="progress">How far the run is.</param>
    /// <param name="model">The network's parameters and buffers.</param>
    /// <param name="optimiser">The optimiser's state, named like the parameters it belongs to.</param>
    /// <param name="settings">What the run was started with: model, data, batch and so on.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public Checkpoint(TrainingProgress progress, IReadOnlyList<NamedTensor> model, IReadOnlyList<NamedTensor> optimiser, IReadOnlyDictionary<string, string> settings)
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

    /// <summary>What the convolutions' plans chose last.</summary>
    public IReadOnlyList<LayerChoices> Choices { get; init; } = [];

    /// <summary>What their times were predicted from; null where choices don't have to repeat.</summary>
    public Calibration? Calibration { get; init; }

    /// <summary>The state file that belongs to a weights file.</summary>
    /// <param name="path">The weights file, <c>name.safetensors</c>.</param>
    /// <returns><c>name.state.safetensors</c>.</returns>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty, doesn't end in <c>.safetensors</c>, or is itself a state file.</exception>
    public static string StatePath(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!path.EndsWith(Extension, StringComparison.Ordinal) || path.EndsWith(StateExtension, StringComparison.Ordinal))
            throw new ArgumentException($"path must be the weights file, ending in '{Extension}' and not '{StateExtension}', got '{path}'.", nameof(path));
        return path[..^Extension.Length] + StateExtension;
    }

    /// <summary>Writes both files, each atomically.</summary>
    /// <param name="path">The weights file, <c>name.safetensors</c>; its folder must exist.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is not a weights file's name, or tensor names repeat.</exception>
    /// <exception cref="IOException">The file system refuses; the files that were there are still whole.</exception>
    public void Save(string path)
    {
        var statePath = StatePath(path);
        var metadata = new Dictionary<string, string> { ["format"] = Format, ["version"] = Version };
        Progress.AddTo(metadata);
        foreach (var (key, value) in Settings) metadata.Add(SettingPrefix + key, value);
        if (Calibration is not null) metadata.Add(CalibrationKey, Calibration.ToJson());
        foreach (var choices in Choices) metadata.Add(ChoicesPrefix + choices.Name, choices.ToText());
        foreach (var mask in Masks) metadata.Add(MaskGroupPrefix + mask.Name, MaskTensor.GroupOf(mask));
        NamedTensor[] tensors =
        [
            .. Model.Select(t => t with { Name = ModelPrefix + t.Name }),
            .. Optimiser.Select(t => t with { Name = OptimiserPrefix + t.Name }),
            .. Masks.Select(MaskTensor.Of).Select(t => t with { Name = MaskPrefix + t.Name }),
        ];
        var state = new SafetensorsFile(tensors, metadata);

        // "pt" is what PyTorch's loaders look for.
        var model = new SafetensorsFile(Model, new Dictionary<string, string> { ["format"] = "pt", ["step"] = Progress.Step.ToString(CultureInfo.InvariantCulture) });
        AtomicFile.Write(statePath, state.WriteTo);
        AtomicFile.Write(path, model.WriteTo);
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
        if (file.Metadata.GetValueOrDefault("format") != Format || file.Metadata.GetValueOrDefault("version") != Version)
            throw new InvalidDataException($"'{statePath}': expected format {Format}, version {Version}, got {file.Metadata.GetValueOrDefault("format", "none")}, version {file.Metadata.GetValueOrDefault("version", "none")}.");

        var stray = file.Tensors.FirstOrDefault(t => !s_prefixes.Any(prefix => t.Name.StartsWith(prefix, StringComparison.Ordinal)));
        if (stray is not null) throw new InvalidDataException($"'{statePath}': expected tensors named {string.Join(", ", s_prefixes.Select(prefix => prefix + "…"))}, got '{stray.Name}'.");
        try
        {
            return new Checkpoint(TrainingProgress.From(file.Metadata), Part(file, ModelPrefix), Part(file, OptimiserPrefix), Under(file, SettingPrefix))
            {
                Masks = MasksOf(file),
                Calibration = file.Metadata.GetValueOrDefault(CalibrationKey) is { } json ? Calibration.Parse(json) : null,
                Choices = [.. Under(file, ChoicesPrefix).Select(pair => LayerChoices.Parse(pair.Key, pair.Value))],
            };
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

    /// <summary>Gives parameters the masks of the checkpoint, and none to those that had none, after checking that all of them fit.</summary>
    /// <param name="parameters">The network's parameters.</param>
    /// <exception cref="InvalidDataException">A mask belongs to no parameter or is of other sizes; nothing was changed.</exception>
    public void RestoreMasks(IReadOnlyList<Parameter> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        foreach (var mask in Masks)
        {
            var parameter = parameters.FirstOrDefault(parameter => parameter.Name == mask.Name)
                ?? throw new InvalidDataException($"the checkpoint has a mask of '{mask.Name}' that the network has not.");
            if (!parameter.Fits(mask.Mask)) throw new InvalidDataException($"the checkpoint's mask of '{mask.Name}' is of {mask.Mask.Shape}, expected [{string.Join(", ", parameter.Shape)}].");
        }

        foreach (var parameter in parameters) parameter.Mask = Masks.FirstOrDefault(mask => mask.Name == parameter.Name)?.Mask;
    }

    private static NamedTensor[] Part(SafetensorsFile file, string prefix) =>
        [.. file.Tensors.Where(t => t.Name.StartsWith(prefix, StringComparison.Ordinal)).Select(t => t with { Name = t.Name[prefix.Length..] })];

    private static NamedMask[] MasksOf(SafetensorsFile file) =>
        [.. Part(file, MaskPrefix).Select(tensor => MaskTensor.From(tensor, file.Metadata.GetValueOrDefault(MaskGroupPrefix + tensor.Name)))];

    private static Dictionary<string, string> Under(SafetensorsFile file, string prefix) => file.Metadata
        .Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
        .ToDictionary(pair => pair.Key[prefix.Length..], pair => pair.Value);
}
