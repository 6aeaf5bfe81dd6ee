using System.Diagnostics;
using System.Text;

namespace SparseKernels.Cli.Tests.Support;

/// <summary>The command as a process of its own, in a folder of its own.</summary>
internal sealed class CommandRun : IDisposable
{
    /// <summary>The environment variable that names another build of the command to test, such as a NativeAOT one.</summary>
    private const string CommandVariable = "SPARSEKERNELS_TEST_COMMAND";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();

    private CommandRun(string folder, string[] command, (string Name, string? Value)[] environment)
    {
        var start = new ProcessStartInfo
        {
            FileName = command[0],
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var argument in command[1..]) start.ArgumentList.Add(argument);
        start.Environment.Remove("SPARSEKERNELS_DATA");
        // Else the first run would measure the machine, and leave a file in the user's cache folder.
        start.Environment[Calibration.OverrideVariable] = "off";
        foreach (var (name, value) in environment) start.Environment[name] = value;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Add(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Add(_errors, line.Data);
        _process.Start();
        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private static string[] Command =>
        Environment.GetEnvironmentVariable(CommandVariable) is { Length: > 0 } other
            ? [other]
            : [Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Path.Combine(AppContext.BaseDirectory, "SparseKernels.Cli.dll")];

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    public string Output => Text(_output);

    public string Errors => Text(_errors);

    /// <summary>Starts the command and goes on.</summary>
    public static CommandRun Start(string folder, params string[] arguments) => new(folder, [.. Command, .. arguments], []);

    /// <summary>Runs the command to its end.</summary>
    public static CommandRun Complete(string folder, params string[] arguments) => Complete(folder, arguments, []);

    /// <summary>Runs the command to its end with other environment variables.</summary>
    public static CommandRun Complete(string folder, string[] arguments, (string Name, string? Value)[] environment)
    {
        var run = new CommandRun(folder, [.. Command, .. arguments], environment);
        run.WaitForExit();
        return run;
    }

    /// <summary>Runs a line of shell to its end, in which <c>{0}</c> stands for the command.</summary>
    public static CommandRun CompleteInShell(string folder, string line)
    {
        var command = string.Join(' ', Command.Select(part => $"'{part}'"));
        var run = new CommandRun(folder, ["sh", "-c", line.Replace("{0}", command, StringComparison.Ordinal)], []);
        run.WaitForExit();
        return run;
    }

    public void WaitForExit()
    {
        if (!_process.WaitForExit(s_patience))
        {
            Kill();
            throw new TimeoutException($"The command took over {s_patience}. Its output:\n{Output}\n{Errors}");
        }

        _process.WaitForExit();
    }

    /// <summary>Ends the process at once, as SIGKILL does: none of its code runs any more.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
    }

    private static void Add(StringBuilder text, string? line)
    {
        if (line is null) return;
        lock (text) text.Append(line).Append('\n');
    }

    private static string Text(StringBuilder text)
    {
        lock (text) return text.ToString();
    }
}
