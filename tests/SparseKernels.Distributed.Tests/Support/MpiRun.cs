using System.Diagnostics;
using System.Text;
using Xunit;

namespace SparseKernels.Distributed.Tests.Support;

/// <summary>A launcher with its ranks, as a process of its own.</summary>
internal sealed class MpiRun : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private MpiRun(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = start.RedirectStandardInput = true;
        start.Environment["SPARSEKERNELS_CALIBRATION"] = "off";
        start.Environment["OMPI_ALLOW_RUN_AS_ROOT"] = start.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1";
        start.Environment.Remove("SPARSEKERNELS_DATA");
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Add(line.Data);
        _process.ErrorDataReceived += (_, line) => Add(line.Data);
        _process.Start();
        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The libraries of both families, as Debian calls their launchers.</summary>
    public static TheoryData<string> Libraries { get; } = ["openmpi", "mpich"];

    /// <summary>The command.</summary>
    public static string[] Command { get; } =
        [Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Path.Combine(AppContext.BaseDirectory, "SparseKernels.Cli.dll")];

    public string Output
    {
        get
        {
            lock (_output) return _output.ToString();
        }
    }

    /// <summary>The end of it, for failures.</summary>
    public string End => Output is { Length: > 2000 } all ? all[^2000..] : Output;

    public bool HasExited => _process.HasExited;

    /// <summary>Starts the same program on all ranks; skips the test where the library isn't there.</summary>
    public static MpiRun Start(string library, int ranks, string folder, params string[] program) =>
        StartEach(library, folder, [.. Enumerable.Repeat(program, ranks)]);

    /// <summary>Starts a program for each rank.</summary>
    public static MpiRun StartEach(string library, string folder, params string[][] programs)
    {
        var launcher = $"mpirun.{library}";
        var paths = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (!paths.Any(path => File.Exists(Path.Combine(path, launcher))))
            Assert.Skip($"There is no {launcher}: install {(library == "openmpi" ? "openmpi-bin" : library)}.");
        var start = new ProcessStartInfo(launcher) { WorkingDirectory = folder };
        if (library == "openmpi")
        {
            foreach (var option in (string[])["--oversubscribe", "--bind-to", "none"]) start.ArgumentList.Add(option);
        }

        foreach (var program in programs)
        {
            if (program != programs[0] || start.ArgumentList.Contains("-np")) start.ArgumentList.Add(":");
            foreach (var argument in (string[])["-np", "1", .. program]) start.ArgumentList.Add(argument);
        }

        return new MpiRun(start);
    }

    /// <summary>Starts one process without a launcher.</summary>
    public static MpiRun Alone(string folder, (string Name, string Value)[] environment, params string[] program)
    {
        var start = new ProcessStartInfo(program[0], program[1..]) { WorkingDirectory = folder };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return new MpiRun(start);
    }

    /// <summary>Waits for the end of all.</summary>
    /// <returns>The launcher's exit code.</returns>
    public int Wait()
    {
        if (!_process.WaitForExit(s_patience))
        {
            _process.Kill(entireProcessTree: true);
            Assert.Fail($"The ranks did not end in {s_patience.TotalSeconds} s. They wrote: {End}");
        }

        _process.WaitForExit();
        return _process.ExitCode;
    }

    /// <summary>Waits until something was written.</summary>
    public void WaitFor(string text)
    {
        var start = Stopwatch.GetTimestamp();
        while (!Output.Contains(text, StringComparison.Ordinal))
        {
            Assert.True(!HasExited && Stopwatch.GetElapsedTime(start) < s_patience, $"'{text}' was never written, but: {End}");
            Thread.Sleep(20);
        }
    }

    /// <summary>The process of a rank, found by its environment.</summary>
    public static int ProcessOf(int rank, string folder)
    {
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0])))
        {
            try
            {
                if (new FileInfo($"{process}/cwd").ResolveLinkTarget(true)?.FullName != folder) continue;
                var variables = File.ReadAllText($"{process}/environ").Split('\0');
                if (variables.Contains($"OMPI_COMM_WORLD_RANK={rank}") || variables.Contains($"PMI_RANK={rank}"))
                    return int.Parse(Path.GetFileName(process));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has ended meanwhile, or is somebody else's.
            }
        }

        return 0;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private void Add(string? line)
    {
        if (line is null) return;
        lock (_output) _output.AppendLine(line);
    }
}
