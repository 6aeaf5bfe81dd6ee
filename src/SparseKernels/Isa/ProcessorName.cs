using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace SparseKernels.Isa;

/// <summary>What the processor calls itself.</summary>
internal static class ProcessorName
{
    private const int FirstBrandLeaf = unchecked((int)0x80000002);
    private const uint LastBrandLeaf = 0x80000004;
    private const int HighestExtendedLeaf = unchecked((int)0x80000000);

    /// <summary>The brand string of an x86 processor, what Linux says of another, else its architecture.</summary>
    public static string Read() => BrandString() ?? FromProcInfo() ?? RuntimeInformation.ProcessArchitecture.ToString();

    /// <summary>
    /// The name and, on x86, the signature of family, model and stepping: some brand strings, as in virtual machines, leave out which
    /// generation it is.
    /// </summary>
    public static string Identity() => X86Base.IsSupported ? $"{Read()} {X86Base.CpuId(1, 0).Eax:x}" : Read();

    private static string? BrandString()
    {
        if (!X86Base.IsSupported || (uint)X86Base.CpuId(HighestExtendedLeaf, 0).Eax < LastBrandLeaf) return null;
        Span<int> registers = stackalloc int[12];
        for (var i = 0; i < 3; i++)
            (registers[4 * i], registers[(4 * i) + 1], registers[(4 * i) + 2], registers[(4 * i) + 3]) = X86Base.CpuId(
                FirstBrandLeaf + i, 0);
        return Encoding.ASCII.GetString(MemoryMarshal.AsBytes(registers)).Trim('\0', ' ');
    }

    private static string? FromProcInfo()
    {
        const string Path = "/proc/cpuinfo";
        try
        {
            if (!File.Exists(Path)) return null;
            var lines = File.ReadLines(Path).Take(50).ToArray();
            return ValueOf(lines, "model name") ?? (ValueOf(lines, "CPU part") is { } part ? $"Arm implementer {ValueOf(lines, "CPU implementer")} part {part}" : null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? ValueOf(string[] lines, string key)
    {
        var line = Array.Find(lines, line => line.StartsWith(key, StringComparison.Ordinal));
        return line?[(line.IndexOf(':') + 1)..].Trim();
    }
}
