using System.Globalization;
using System.Threading.RateLimiting;
using SparseKernels.Training.Data;

namespace PictureServer;

/// <summary>What the command line says.</summary>
internal sealed record ServerOptions
{
    /// <summary><c>--model FILE</c>: an ONNX file or a checkpoint; null for a small network that is trained at start.</summary>
    public string? Model { get; init; }

    /// <summary><c>--classes FILE</c>: a name in each line, for a model that has none.</summary>
    public string? ClassFile { get; init; }

    /// <summary><c>--size S</c>: width and height, for a model that leaves them open.</summary>
    public int? Size { get; init; }

    /// <summary><c>--normalisation "mean 0.5 0.5 0.5, deviation 0.2 0.2 0.2"</c>; the checkpoint's own, or ImageNet's, by default.</summary>
    public Normalisation? Normalisation { get; init; }

    /// <summary><c>--onnxruntime</c>: the same server on ONNX Runtime, to compare.</summary>
    public bool UsesOnnxRuntime { get; init; }

    /// <summary><c>--workers N</c>: pictures that are worked on at once, each on one thread; all processors by default.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary><c>--at-once N</c>: requests that are read at once.</summary>
    public int AtOnce { get; init; } = 32;

    /// <summary><c>--queue N</c>: requests that wait behind them; further ones get 503.</summary>
    public int Queue { get; init; } = 64;

    /// <summary><c>--upload-megabytes N</c>: larger uploads get 413.</summary>
    public int UploadMegabytes { get; init; } = 10;

    /// <summary><c>--megapixels N</c>: pictures with more get 400, before any is decoded.</summary>
    public int Megapixels { get; init; } = 64;

    /// <summary><c>--top N</c>: classes in an answer.</summary>
    public int Top { get; init; } = 5;

    /// <summary><c>--quiet</c>: not a word about starting and stopping.</summary>
    public bool IsQuiet { get; init; }

    /// <summary>Options that are ASP.NET's.</summary>
    public string[] Others { get; init; } = [];

    public long UploadBytes => (long)UploadMegabytes << 20;

    public ConcurrencyLimiterOptions Limits => new() { PermitLimit = AtOnce, QueueLimit = Queue, QueueProcessingOrder = QueueProcessingOrder.OldestFirst };

    /// <summary>Reads the command line.</summary>
    /// <exception cref="ArgumentException">An option lacks its value, or that is out of its range.</exception>
    public static ServerOptions Parse(string[] args)
    {
        var options = new ServerOptions();
        var others = new List<string>();
        for (var i = 0; i < args.Length; i++)
        {
            options = args[i] switch
            {
                "--onnxruntime" => options with { UsesOnnxRuntime = true },
                "--quiet" => options with { IsQuiet = true },
                "--model" => options with { Model = Value() },
                "--classes" => options with { ClassFile = Value() },
                "--normalisation" => options with { Normalisation = Normalisation.Parse(Value()) },
                "--size" => options with { Size = Number(1, 4096) },
                "--workers" => options with { Workers = Number(1, 1024) },
                "--at-once" => options with { AtOnce = Number(1, 100_000) },
                "--queue" => options with { Queue = Number(0, 100_000) },
                "--upload-megabytes" => options with { UploadMegabytes = Number(1, 1024) },
                "--megapixels" => options with { Megapixels = Number(1, 178) },
                "--top" => options with { Top = Number(1, 1000) },
                _ => Other(),
            };

            string Value() => ++i < args.Length ? args[i] : throw new ArgumentException($"{args[i - 1]} must be followed by a value.");

            int Number(int least, int most)
            {
                var (name, text) = (args[i], Value());
                return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
                    ? value
                    : throw new ArgumentException($"{name} must be a number from {least} to {most}, got '{text}'.");
            }

            ServerOptions Other()
            {
                others.Add(args[i]);
                return options;
            }
        }

        return options with { Others = [.. others] };
    }
}
