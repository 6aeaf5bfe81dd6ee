using SparseKernels.Architecture.Tests.Reading;
using SparseKernels.Architecture.Tests.Rooms;

namespace SparseKernels.Architecture.Tests.Checks;

/// <summary>An assembly refers to what comes with .NET and to each library of its drawing, nothing else.</summary>
internal static class ForeignAssemblies
{
    private static readonly string s_framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;

    public static IEnumerable<string> Find(House house, CodeMap map) =>
    [
        .. map.Assemblies.Where(assembly => !File.Exists(Path.Combine(s_framework, $"{assembly}.dll"))).Except(house.Libraries)
            .Select(assembly => $"{house.Assembly} refers to {assembly}, which neither comes with .NET nor is in its drawing"),
        .. house.Libraries.Except(map.Assemblies)
            .Select(library => $"the drawing of {house.Assembly} names {library}, which it doesn't refer to"),
    ];
}
