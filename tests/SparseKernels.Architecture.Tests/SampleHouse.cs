using SparseKernels.Architecture.Tests.Reading;
using SparseKernels.Architecture.Tests.Rooms;

namespace SparseKernels.Architecture.Tests;

/// <summary>A small house with faults, on which the checks themselves are tested.</summary>
internal static class SampleHouse
{
    public const string Namespace = "SparseKernels.Architecture.Tests.Samples";

    private const string Assembly = "SparseKernels.Architecture.Tests";

    /// <summary>The samples in this assembly and what they refer to, constants included.</summary>
    public static CodeMap Map { get; } = ConstantReferences.Add(AssemblyReader.Read(Assembly), Repository.SourcesOf("tests", Assembly))
        .Within(Namespace);

    public static CodeMap FloorsMap => Map.Within($"{Namespace}.Floors");

    public static House Drawing { get; } = new()
    {
        Assembly = Assembly,
        Libraries = [],
        Floors =
        [
            [new("Top", $"{Namespace}.Floors.Top")],
            [
                new("Middle", $"{Namespace}.Floors.Middle") { RefersOnlyTo = ["Values"] },
                new("Beside", $"{Namespace}.Floors.Beside"),
            ],
            [new("Bottom", $"{Namespace}.Floors.Bottom.*")],
            [new("Values", $"{Namespace}.Floors.Top") { Types = ["Plain"] }],
        ],
    };
}
