using Microsoft.AspNetCore.Builder;
using PictureServer;
using SkiaSharp;
using SparseKernels.Images.Tests.Support;
using SparseKernels.Onnx;
using SparseKernels.TestSupport;
using SparseKernels.Training.Models;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Examples.Tests.PictureServer;

/// <summary>The example's server on a free port, with a small network that knows three classes.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    public const int Size = 32;

    private readonly TemporaryFolder _folder = new();
    private readonly WebApplication _server;

    private RunningServer(string[] options)
    {
        (Model, var names) = (Path.Combine(_folder.Path, "three.onnx"), Path.Combine(_folder.Path, "names.txt"));
        using (var network = ModelCatalogue.Create("lenet", new FeatureShape(3, Size, Size), classes: 3, batch: 1, seed: 5)) OnnxExport.Save(network, Model);
        File.WriteAllLines(names, ["red", "green", "blue"]);
        _server = Server.Build(["--model", Model, "--classes", names, "--quiet", "--urls", "http://127.0.0.1:0", .. options]);
    }

    /// <summary>A photograph.</summary>
    public static byte[] Picture { get; } = EncodedPicture.Make(SKEncodedImageFormat.Jpeg, 60, 45, EncodedPicture.Smooth);

    /// <summary>The network as an ONNX file.</summary>
    public string Model { get; }

    public HttpClient Client { get; } = new();

    public static async Task<RunningServer> StartAsync(params string[] options)
    {
        var server = new RunningServer(options);
        await server._server.StartAsync();
        server.Client.BaseAddress = new Uri(server._server.Urls.Single());
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
        _folder.Dispose();
    }
}
