using System.Runtime.InteropServices;

namespace SparseKernels.Bench.Reporting;

/// <summary>What a table says of the machine it was measured on.</summary>
internal static class MachineName
{
    /// <summary>The processor's name, cores, system, runtime and how busy the machine is already, in one line.</summary>
    public static string Describe() =>
        $"{Processor()}, {Environment.ProcessorCount} processors, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}{Load()}";

    /// <summary>The minute's load before the run: a reader can tell a quiet machine's figures from a busy one's.</summary>
    private static string Load()
    {
        const string LoadAverage = "/proc/loadavg";
        return File.Exists(LoadAverage) ? $", load {File.ReadAllText(LoadAverage).Split(' ')[0]} before the run" : "";
    }

    private static string Processor()
    {
        const string CpuInfo = "/proc/cpuinfo";
        var line = File.Exists(CpuInfo)
            ? File.ReadLines(CpuInfo).FirstOrDefault(text => text.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line?.Split(':', 2)[1].Trim() ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
