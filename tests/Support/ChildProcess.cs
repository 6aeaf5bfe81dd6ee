using System.Diagnostics;
using System.Text;

namespace SparseKernels.TestSupport;

/// <summary>Starts this test program again to run one explicit test, for what must happen in a process of its own.</summary>
internal static class ChildProcess
{
    /// <summary>The environment variable that holds a program to start this one with, such as an emulator; none by default.</summary>
    public const string LauncherVariable = "SPARSEKERNELS_TEST_LAUNCHER";

    /// <summary>What a child left behind.</summary>
    /// <param name="ExitCode">Zero if its test passed.</param>
    /// <param name="Output">Everything it printed, standard error after standard output.</param>
    public readonly record struct Result(int ExitCode, string Output);

    /// <summary>Runs one explicit test of this assembly.</summary>
    /// <param name="type">The test's class.</param>
    /// <param name="method">Its name.</param>
    /// <param name="environment">Variables to set.</param>
    /// <returns>Exit code and output.</returns>
    /// <exception cref="TimeoutException">The child took more than five minutes, or twenty under a launcher; it was stopped.</exception>
    public static Result RunExplicitTest(Type type, string method, params (string Name, string Value)[] environment)
    {
        var assembly = type.Assembly.Location;
        var program = Path.Combine(
            AppContext.BaseDirectory, Path.GetFileNameWithoutExtension(assembly) + (OperatingSystem.IsWindows() ? ".exe" : ""));
        var launcher = Environment.GetEnvironmentVariable(LauncherVariable);
        var start = new ProcessStartInfo(string.IsNullOrEmpty(launcher) ? program : launcher)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        if (!string.IsNullOrEmpty(launcher)) start.ArgumentList.Add(program);
        foreach (var argument in (string[])["-explicit", "only", "-method", $"{type.FullName}.{method}"]) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment) start.Environment[name] = value;

        var output = new StringBuilder();
        var errors = new StringBuilder();
        using var child = new Process { StartInfo = start };
        child.OutputDataReceived += (_, line) => output.AppendLine(line.Data);
        child.ErrorDataReceived += (_, line) => errors.AppendLine(line.Data);
        child.Start();
        child.StandardInput.Close();
        child.BeginOutputReadLine();
        child.BeginErrorReadLine();
        var minutes = string.IsNullOrEmpty(launcher) ? 5 : 20;
        if (!child.WaitForExit(TimeSpan.FromMinutes(minutes)))
        {
            child.Kill(entireProcessTree: true);
            throw new TimeoutException($"{type.Name}.{method} took more than {minutes} minutes in its child process.");
        }

        child.WaitForExit();
        return new Result(child.ExitCode, output.ToString() + errors);
    }
}
