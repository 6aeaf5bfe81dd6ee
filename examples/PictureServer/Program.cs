using PictureServer;
using PictureServer.Load;

// `load …` measures a server that runs, or compares both engines; anything else is the server.
if (args is ["load", ..]) return await LoadCommand.RunAsync(args[1..]);
try
{
    await using var server = Server.Build(args);
    await server.RunAsync();
    return 0;
}
catch (Exception e) when (e is ArgumentException or InvalidDataException or IOException or UnauthorizedAccessException or PlatformNotSupportedException)
{
    Console.Error.WriteLine($"error: {e.Message.ReplaceLineEndings(" ")}");
    return 2;
}
