using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using SparseKernels.Isa;
using TorchSharp;

namespace SparseKernels.Bench.Peer;

/// <summary>
/// Loads libtorch, the dense baseline, with the settings of a fair comparison in one process. Where the system's C++ library is
/// older than the one TorchSharp's shim was built with, it repairs the shim in the output folder first.
/// </summary>
internal static partial class TorchLibrary
{
    /// <summary>Loads libtorch.</summary>
    /// <param name="isa">The instruction set our kernels use; libtorch is held to the same where it can be.</param>
    /// <param name="threads">Threads of libtorch, for the calling thread.</param>
    /// <returns>Null when loaded, else one line that says why not.</returns>
    public static string? TryLoad(InstructionSetKind isa, int threads)
    {
        // Spinning OpenMP workers take the cores from our threads between two measurements.
        NativeEnvironment.SetIfAbsent("OMP_WAIT_POLICY", "PASSIVE");
        if (isa == InstructionSetKind.Avx2)
        {
            NativeEnvironment.SetIfAbsent("ONEDNN_MAX_CPU_ISA", "AVX2");
            NativeEnvironment.SetIfAbsent("ATEN_CPU_CAPABILITY", "avx2");
            NativeEnvironment.SetIfAbsent("MKL_ENABLE_INSTRUCTIONS", "AVX2");
        }

        try
        {
            var shim = Path.Combine(AppContext.BaseDirectory, ShimName);
            if (!File.Exists(shim)) return $"TorchSharp has no native library for {RuntimeInformation.RuntimeIdentifier} ({ShimName} is not in the output folder)";
            if (OperatingSystem.IsLinux()) RepairIfNeeded(shim);
            torch.set_num_threads(threads);
            return null;
        }
        catch (Exception e) when (e is DllNotFoundException or NotSupportedException or TypeInitializationException or BadImageFormatException
            or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            return $"TorchSharp can't load: {(e.InnerException ?? e).Message.ReplaceLineEndings(" ")}";
        }
    }

    /// <summary>Loads libtorch to compare numbers with, whatever they take: without oneDNN where that is at fault.</summary>
    /// <param name="isa">As for <see cref="TryLoad"/>.</param>
    /// <param name="threads">As for <see cref="TryLoad"/>.</param>
    /// <returns>Null when loaded, else one line that says why not.</returns>
    public static string? TryLoadExact(InstructionSetKind isa, int threads) =>
        TryLoad(isa, threads) ?? (OneDnnFault.IsHere ? OneDnnFault.Avoid() : null);

    /// <summary>What was loaded, for a table's head.</summary>
    /// <param name="isa">As given to <see cref="TryLoad"/>.</param>
    public static string Describe(InstructionSetKind isa) =>
        $"TorchSharp {typeof(torch).Assembly.GetName().Version?.ToString(3)} (libtorch {torch.__version__}{(isa == InstructionSetKind.Avx2 ? ", held to AVX2" : "")}{(OneDnnFault.IsHere ? $"; {OneDnnFault.Warning}" : "")})";

    private static string ShimName =>
        OperatingSystem.IsWindows() ? "LibTorchSharp.dll" : OperatingSystem.IsMacOS() ? "libLibTorchSharp.dylib" : "libLibTorchSharp.so";

    private static void RepairIfNeeded(string shim)
    {
        try
        {
            NativeLibrary.Load(shim);
        }
        catch (DllNotFoundException e) when (MissingVersion().Match(e.Message) is { Success: true } match)
        {
            var library = File.ReadAllBytes(shim);
            if (!ElfVersionNeeds.MarkWeak(library, match.Groups[1].Value)) throw;
            Replace(shim, library);
            NativeLibrary.Load(shim);
        }
    }

    /// <summary>Writes beside and renames: the file may be a link into the package cache, or be loaded by another process.</summary>
    private static void Replace(string path, byte[] content)
    {
        var temporary = $"{path}.{Environment.ProcessId}";
        File.WriteAllBytes(temporary, content);
        // The build copies a file again when time or size differ.
        File.SetLastWriteTimeUtc(temporary, File.GetLastWriteTimeUtc(path));
        File.Move(temporary, path, overwrite: true);
    }

    [GeneratedRegex("version .(GLIBCXX_[0-9.]+). not found")]
    private static partial Regex MissingVersion();
}
