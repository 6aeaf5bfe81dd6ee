using System.Reflection;
using System.Runtime.InteropServices;

namespace SparseKernels.Distributed.Libraries;

/// <summary>The MPI of this machine: found and loaded once, when it is first asked for.</summary>
/// <param name="Handle">The loaded library.</param>
/// <param name="Name">The name that it was found by.</param>
/// <param name="Family">Its family.</param>
internal sealed record MpiLibrary(nint Handle, string Name, MpiFamily Family)
{
    /// <summary>The environment variable that names the library, as a path or as the system's loader finds it.</summary>
    public const string Override = "SPARSEKERNELS_MPI";

    private static readonly string[] s_openMpi = OperatingSystem.IsMacOS()
        ? ["libmpi.40.dylib"]
        : ["libmpi.so.40", "libmpi.so.80", "libmpi.so.20"];

    private static readonly string[] s_mpich = OperatingSystem.IsWindows() ? ["msmpi.dll", "impi.dll"]
        : OperatingSystem.IsMacOS() ? ["libmpi.12.dylib", "libmpich.12.dylib"]
        : ["libmpich.so.12", "libmpi.so.12", "libmpi_gnu.so.12", "libmpi_gnu_112.so.12"];

    private static readonly Lock s_lock = new();
    private static MpiLibrary? s_loaded;

    /// <summary>Finds and loads it.</summary>
    /// <param name="launcher">The family of the launcher's variables, which is looked for first; null where there is no launcher.</param>
    /// <returns>The library, the same for every call.</returns>
    /// <exception cref="PlatformNotSupportedException">There is none: the message says what to install.</exception>
    public static MpiLibrary Load(MpiFamily? launcher)
    {
        lock (s_lock)
        {
            if (s_loaded is not null) return s_loaded;
            s_loaded = Find(Environment.GetEnvironmentVariable(Override), launcher);
            NativeLibrary.SetDllImportResolver(typeof(MpiLibrary).Assembly, Resolve);
            return s_loaded;
        }
    }

    /// <summary>Finds it by the variable's value, else by the launcher's family, else whatever is installed.</summary>
    public static MpiLibrary Find(string? named, MpiFamily? launcher)
    {
        if (!string.IsNullOrEmpty(named))
        {
            return TryLoad(named) ?? throw new PlatformNotSupportedException(
                $"{Override} is '{named}', which is no library that can be loaded and has MPI's functions.");
        }

        // A library of the other family would take each process for one of its own, alone.
        string[] names = launcher switch
        {
            MpiFamily.OpenMpi => s_openMpi,
            MpiFamily.Mpich => s_mpich,
            _ => [.. s_openMpi, .. s_mpich],
        };
        foreach (var name in names)
        {
            if (TryLoad(name) is { } library && (launcher is null || library.Family == launcher)) return library;
        }

        var family = launcher switch
        {
            MpiFamily.OpenMpi => " of Open MPI, whose launcher started this process,",
            MpiFamily.Mpich => " of MPICH's kind, whose launcher started this process,",
            _ => "",
        };
        throw new PlatformNotSupportedException(
            $"no MPI library{family} was found ({string.Join(", ", names)}): install one (Debian: apt-get install openmpi-bin, or mpich; Windows: Microsoft MPI), or name it in {Override}.");
    }

    private static MpiLibrary? TryLoad(string name)
    {
        if (!NativeLibrary.TryLoad(name, out var handle)) return null;
        if (!NativeLibrary.TryGetExport(handle, nameof(MpiFunctions.MPI_Init_thread), out _)) return null;
        return new(handle, name, NativeLibrary.TryGetExport(handle, MpiHandles.OpenMpiWorld, out _) ? MpiFamily.OpenMpi : MpiFamily.Mpich);
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name == MpiFunctions.Library ? s_loaded!.Handle : 0;
}
