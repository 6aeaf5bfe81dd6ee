using System.Text.RegularExpressions;
using SparseKernels.Architecture.Tests.Reading;

namespace SparseKernels.Architecture.Tests.Checks;

/// <summary>
/// Tests that count what the whole process allocates run when no other does: beside others they count those too, now and then. What a thread
/// allocates itself may be counted anywhere.
/// </summary>
internal static partial class CountedAlone
{
    private const string Alone = "[Collection(SoloCollection.Name)]";

    public static IEnumerable<string> Find(IEnumerable<SourceFile> sources) =>
        from source in sources
        let count = Counts().Match(source.Code)
        where count.Success && !source.Code.Contains(Alone, StringComparison.Ordinal)
        select $"{source.Project}/{source.Path} counts {count.Value} of the whole process, so its class must be in {Alone}";

    [GeneratedRegex(@"\bAllocations\.\w+|\bNativeBytes\.InUse\b")]
    private static partial Regex Counts();
}
