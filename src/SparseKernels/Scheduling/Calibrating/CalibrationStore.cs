using System.Text;
using SparseKernels.Files;
using SparseKernels.Isa;
using SparseKernels.Scheduling.Cost;

namespace SparseKernels.Scheduling.Calibrating;

/// <summary>
/// The file of a machine's calibration. Readers see an old file or a new one, never a part: a writer fills a file of its own beside it and
/// renames that. Whatever is wrong with a file, it is measured again or the built-in figures serve, and someone is told once.
/// </summary>
/// <param name="setting">What <see cref="OverrideVariable"/> says.</param>
/// <param name="processor">The processor's identity.</param>
internal sealed class CalibrationStore(string? setting, string processor)
{
    /// <summary>The environment variable that names the file to use, or says <c>off</c>.</summary>
    public const string OverrideVariable = "SPARSEKERNELS_CALIBRATION";

    private const string Off = "off";

    /// <summary>A calibration has a few kilobytes; anything much longer is none.</summary>
    private const int LongestFile = 1 << 20;

    /// <summary>The store of this process.</summary>
    public CalibrationStore()
        : this(Environment.GetEnvironmentVariable(OverrideVariable), ProcessorName.Identity())
    {
    }

    private bool IsOff => string.Equals(setting, Off, StringComparison.OrdinalIgnoreCase);

    /// <summary>The file, or null if none is to be used.</summary>
    public string? PathOf(InstructionSetKind isa)
    {
        if (IsOff) return null;
        if (!string.IsNullOrEmpty(setting)) return setting;
        return CacheFolder() is { } folder ? Path.Combine(folder, "sparsekernels", FileName(isa)) : null;
    }

    /// <summary>The file's calibration, or the built-in one with the reason in its source.</summary>
    public CalibrationData LoadOrDefault(InstructionSetKind isa) => TryLoad(isa, out var why) ?? BuiltIn(isa, why);

    /// <summary>The file's calibration if it is valid and not <paramref name="force"/>; else measures and writes the file.</summary>
    public CalibrationData Ensure(InstructionSetKind isa, bool force, TimeSpan budget, Action<string>? message)
    {
        if (IsOff) return BuiltIn(isa, $"{OverrideVariable}={Off}");
        string? why = null;
        if (!force && TryLoad(isa, out why) is { } loaded) return loaded;
        if (why is not null) message?.Invoke($"measuring, since {why}");
        var measured = Calibrator.Measure(isa, budget, message);
        var path = PathOf(isa);
        var failure = path is null ? "there is no cache folder" : Save(path, measured);
        if (failure is null) return measured.From($"{path}, {measured.Source}");
        message?.Invoke($"the calibration serves this process alone: {failure}");
        return measured.From($"{measured.Source}, not saved: {failure}");
    }

    /// <summary>Replaces the file as a whole.</summary>
    /// <returns>Null, or why it couldn't.</returns>
    public static string? Save(string path, CalibrationData calibration)
    {
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Directory.CreateDirectory(folder);
            var text = Encoding.UTF8.GetBytes(CalibrationJson.Write(calibration));
            AtomicFile.Write(path, stream => stream.Write(text), shared: true);
            return null;
        }
        catch (Exception e) when (IsFileFailure(e))
        {
            return e.Message.ReplaceLineEndings(" ");
        }
    }

    /// <summary>The file's calibration if it is this processor's, instruction set's and version's.</summary>
    /// <param name="isa">The instruction set.</param>
    /// <param name="why">Why it is null.</param>
    public CalibrationData? TryLoad(InstructionSetKind isa, out string? why)
    {
        why = IsOff ? $"{OverrideVariable}={Off}" : "there is no cache folder";
        if (PathOf(isa) is not { } path) return null;
        try
        {
            if (!File.Exists(path))
            {
                why = $"there is no file {path}";
                return null;
            }

            var found = CalibrationJson.Read(ReadAll(path), path);
            var (name, wanted) = (InstructionSet.NameOf(found.InstructionSet), InstructionSet.NameOf(isa));
            why = found.Processor != processor ? $"{path} is of another processor, {found.Processor}"
                : found.InstructionSet != isa ? $"{path} is for {name} instead of {wanted}"
                : found.Library != Calibrator.LibraryVersion ? $"{path} is of version {found.Library}, this is {Calibrator.LibraryVersion}"
                : null;
            return why is null ? found.From($"{path}, measured on {found.Processor}, {name}") : null;
        }
        catch (Exception e) when (e is InvalidDataException || IsFileFailure(e))
        {
            why = $"{path} can't be used: {e.Message.ReplaceLineEndings(" ")}";
            return null;
        }
    }

    private static CalibrationData BuiltIn(InstructionSetKind isa, string? why)
    {
        var builtIn = BuiltInCalibration.Of(isa);
        return builtIn.From($"{builtIn.Source} ({why})");
    }

    private static byte[] ReadAll(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (stream.Length > LongestFile) throw new InvalidDataException($"expected at most {LongestFile} bytes, got {stream.Length}.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Name, instruction set and format, so that machines that share a home folder keep theirs apart.</summary>
    private string FileName(InstructionSetKind isa)
    {
        var name = new StringBuilder();
        foreach (var c in processor) name.Append(char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-');
        return $"calibration-{name}-{InstructionSet.NameOf(isa)}-{CalibrationJson.Format}.json";
    }

    private static string? CacheFolder()
    {
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (!string.IsNullOrEmpty(cache) && Path.IsPathRooted(cache)) return cache;
        if (OperatingSystem.IsWindows()) return NotEmpty(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData));
        var home = NotEmpty(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));
        return home is null ? null : OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Caches") : Path.Combine(home, ".cache");
    }

    private static string? NotEmpty(string path) => path.Length == 0 ? null : path;

    private static bool IsFileFailure(Exception e) =>
        e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException or System.Security.SecurityException;
}
