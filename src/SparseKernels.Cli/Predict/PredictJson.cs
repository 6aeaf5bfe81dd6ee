using System.Text.Json.Serialization;

namespace SparseKernels.Cli.Predict;

/// <summary>How classified pictures are written: names in camel case, one property a line.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<ClassifiedPicture>))]
internal sealed partial class PredictJson : JsonSerializerContext;
