using System.Threading.RateLimiting;
using PictureServer.Classifiers;
using PictureServer.Metrics;
using PictureServer.Requests;
using SparseKernels.Images;

namespace PictureServer;

/// <summary>The server: POST a picture to <c>/classify</c>; GET <c>/health</c> and <c>/metrics</c>.</summary>
internal static class Server
{
    /// <summary>Reads the model and builds the server.</summary>
    /// <param name="args">Options, as <see cref="ServerOptions"/> has them, and ASP.NET's own: <c>--urls http://localhost:5000</c>.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="InvalidDataException">The model can't be used.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public static WebApplication Build(string[] args)
    {
        var options = ServerOptions.Parse(args);
        var classifier = ClassifierFactory.Make(options);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive); // Training's gradients, which nobody needs now, would stay for long.
        var builder = WebApplication.CreateSlimBuilder(options.Others);
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", options.IsQuiet ? LogLevel.Warning : LogLevel.Information);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = options.UploadBytes);
        builder.Services.AddSingleton(options).AddSingleton(_ => classifier).AddSingleton<Workplaces>().AddSingleton<PrometheusText>();
        builder.Services.AddSingleton(new PictureReader(classifier.Input.Width, options.Normalisation ?? classifier.Normalisation)
        {
            MostPixels = options.Megapixels * 1_000_000,
        });
        builder.Services.AddRateLimiter(limiter =>
        {
            limiter.AddPolicy(ClassifyEndpoint.Name, _ => RateLimitPartition.GetConcurrencyLimiter("", _ => options.Limits));
            limiter.OnRejected = (context, _) =>
                Refusal.Write(context.HttpContext, StatusCodes.Status503ServiceUnavailable, "too many requests wait already; try again later.");
        });

        var server = builder.Build();
        _ = server.Services.GetRequiredService<PrometheusText>(); // It counts from now on.
        server.UseRateLimiter();
        server.MapPost("/classify", ClassifyEndpoint.HandleAsync).RequireRateLimiting(ClassifyEndpoint.Name);
        server.MapGet("/health", () => new Health("ok", classifier.Engine, classifier.Model, classifier.Input.ToString(), classifier.Classes));
        server.MapGet("/metrics", (PrometheusText metrics) => Results.Text(metrics.Write(), PrometheusText.ContentType));
        return server;
    }

    private sealed record Health(string Status, string Engine, string Model, string Input, int Classes);
}
