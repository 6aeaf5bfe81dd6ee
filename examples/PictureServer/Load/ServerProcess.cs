using System.Diagnostics;

namespace PictureServer.Load;

/// <summary>This program once more, as a server on a port of its own.</summary>
internal sealed class ServerProcess : IDisposable
{
    private const string Listening = "Now listening on: ";

    private readonly Process _process;

    private ServerProcess(Process process, Uri url) => (_process, Url) = (process, url);

    /// <summary>Where it listens.</summary>
    public Uri Url { get; }

    /// <summary>Starts it and waits until it listens.</summary>
    /// <exception cref="InvalidOperationException">It ended before.</exception>
    public static async Task<ServerProcess> StartAsync(params string[] options)
    {
        var program = Environment.ProcessPath!;
        string[] itself = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(ServerProcess).Assembly.Location] : [];
        var process = Process.Start(new ProcessStartInfo(program, [.. itself, .. options, "--urls", "http://127.0.0.1:0"]) { RedirectStandardOutput = true })!;
        var listens = new TaskCompletionSource<Uri?>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, line) =>
        {
            // It is read on to its end, or the pipe would fill.
            if (line.Data is null) listens.TrySetResult(null);
            else if (line.Data.IndexOf(Listening, StringComparison.Ordinal) is >= 0 and var at)
                listens.TrySetResult(new Uri(line.Data[(at + Listening.Length)..]));
        };
        process.BeginOutputReadLine();
        if (await listens.Task is { } url) return new ServerProcess(process, url);
        process.Dispose();
        throw new InvalidOperationException($"the server with {string.Join(' ', options)} ended before it listened.");
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
