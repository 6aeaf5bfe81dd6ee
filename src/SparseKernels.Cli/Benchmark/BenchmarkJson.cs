using System.Text.Json.Serialization;

namespace SparseKernels.Cli.Benchmark;

/// <summary>How a <see cref="BenchmarkReport"/> is written: names in camel case, one property a line.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(BenchmarkReport))]
internal sealed partial class BenchmarkJson : JsonSerializerContext;
