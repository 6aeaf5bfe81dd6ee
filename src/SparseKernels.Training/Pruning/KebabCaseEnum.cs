using System.Text.Json;
using System.Text.Json.Serialization;

namespace SparseKernels.Training.Pruning;

/// <summary>Writes an enumeration's values as <c>erdos-renyi-kernel</c>, and reads nothing else.</summary>
internal sealed class KebabCaseEnum<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
