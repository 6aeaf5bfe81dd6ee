using SparseKernels.Architecture.Tests.Checks;
using SparseKernels.Architecture.Tests.Rooms;
using Xunit;

namespace SparseKernels.Architecture.Tests;

/// <summary>The checks find what they are for, and nothing else, in a small house with known faults.</summary>
public sealed class CheckTests
{
    private const string Floors = $"{SampleHouse.Namespace}.Floors";

    [Fact]
    public void ForbiddenReferences_UpwardsBesideAndLeftOut_AreFound() => Assert.Equal(
        [
            $"Beside -> Middle\n    {Floors}.Beside.Neighbour -> {Floors}.Middle.Worker",
            $"Bottom -> Top\n    {Floors}.Bottom.Ground -> {Floors}.Top.Door",
            $"Middle -> Bottom\n    {Floors}.Middle.Worker -> {Floors}.Bottom.Ground",
        ],
        ForbiddenReferences.Find(SampleHouse.Drawing, SampleHouse.FloorsMap));

    [Fact]
    public void FolderCircles_OfThreeFolders_IsFoundWithItsTypes() => Assert.Equal(
        [
            $"a circle of 3 folders\n"
                + $"    {Floors}.Bottom -> {Floors}.Top\n        Ground -> Door\n"
                + $"    {Floors}.Middle -> {Floors}.Bottom\n        Worker -> Ground\n"
                + $"    {Floors}.Top -> {Floors}.Bottom\n        Door -> Ground\n"
                + $"    {Floors}.Top -> {Floors}.Middle\n        Door -> Worker",
        ],
        FolderCircles.Find(SampleHouse.Drawing, SampleHouse.FloorsMap));

    [Fact]
    public void FolderCircles_InsideOneRoom_AreFound()
    {
        var oneRoom = With([[new("Floors", $"{Floors}.*")]]);

        Assert.Empty(ForbiddenReferences.Find(oneRoom, SampleHouse.FloorsMap));
        var finding = Assert.Single(FolderCircles.Find(oneRoom, SampleHouse.FloorsMap));
        Assert.StartsWith("a circle of 3 folders", finding, StringComparison.Ordinal);
    }

    [Fact]
    public void TypeCircles_OfFour_IsFoundWithItsTypes()
    {
        var four = SampleHouse.Map.Within($"{SampleHouse.Namespace}.Circles.Four");

        Assert.Equal(
            $"a circle of 4 types in {SampleHouse.Namespace}.Circles.Four\n"
                + "    First -> Second\n    Fourth -> First\n    Second -> Third\n    Third -> Fourth",
            Assert.Single(TypeCircles.Find(four)));
    }

    [Fact]
    public void TypeCircles_OfThree_Passes()
    {
        var three = SampleHouse.Map.Within($"{SampleHouse.Namespace}.Circles.Three");

        Assert.Equal(4, three.Pairs.Count());
        Assert.Empty(TypeCircles.Find(three));
    }

    [Fact]
    public void Inhabitants_HouseAsDrawn_HasNoFinding() => Assert.Empty(Inhabitants.Find(SampleHouse.Drawing, SampleHouse.FloorsMap));

    [Fact]
    public void Inhabitants_HomelessTypesAndStaleRows_AreFound()
    {
        var house = With(
        [
            [new("Top", $"{Floors}.Top"), new("Attic", $"{Floors}.Attic.*") { RefersOnlyTo = ["Stairs"] }],
            [new("Middle", $"{Floors}.Middle"), new("Beside", $"{Floors}.Beside") { RefersOnlyTo = ["Middle", "Values"] }],
            [new("Values", $"{Floors}.Top") { Types = ["Plain", "Gone"] }],
        ]);

        Assert.Equal(
            [
                $"{Floors}.Bottom.Ground lies in no room",
                "the room Attic is empty",
                $"the room Values names the type Gone, which {Floors}.Top doesn't have",
                "the room Attic names the room Stairs, which isn't drawn below it",
                "the room Beside names the room Middle, which isn't drawn below it",
            ],
            Inhabitants.Find(house, SampleHouse.FloorsMap));
    }

    [Fact]
    public void ForeignAssemblies_NotInTheDrawing_AreFound()
    {
        var map = SampleHouse.Map with { Assemblies = ["System.Collections", "System.CommandLine", "xunit.v3.core"] };

        Assert.Equal(
            [
                "Samples refers to System.CommandLine, which neither comes with .NET nor is in its drawing",
                "the drawing of Samples names Gone, which it doesn't refer to",
            ],
            ForeignAssemblies.Find(With([], "xunit.v3.core", "Gone"), map));
    }

    [Theory]
    [InlineData("Kernels/Tile.cs", "namespace Library.Kernels;\n", null)]
    [InlineData("Shape.cs", "using System;\n\nnamespace Library;\n", null)]
    [InlineData("Program.cs", "return 0;\n", null)]
    [InlineData("Kernels/Tile.cs", "namespace Library;\n", "Library/Kernels/Tile.cs declares Library, its folder asks for Library.Kernels")]
    [InlineData("Kernels/Tile.cs", "class Tile;\n", "Library/Kernels/Tile.cs declares no namespace, its folder asks for Library.Kernels")]
    public void FolderNamespaces_OtherThanTheFolder_IsFound(string path, string text, string? finding)
        => Assert.Equal(finding is null ? [] : [finding], FolderNamespaces.Find([new("Library", path, text)]));

    [Theory]
    [InlineData("public class StepTests { void Test() => Assert.Equal(0, Allocations.Least(Step)); }", "Allocations.Least")]
    [InlineData("public class StepTests { void Test() { var before = NativeBytes.InUse; } }", "NativeBytes.InUse")]
    [InlineData("[Collection(SoloCollection.Name)]\npublic class StepTests { void Test() => Allocations.Least(Step); }", null)]
    [InlineData("// [Collection(SoloCollection.Name)]\npublic class StepTests { void Test() => Allocations.Least(Step); }", "Allocations.Least")]
    [InlineData("public class StepTests { void Test() { var mine = NativeBytes.AllocatedByThisThread; } }", null)]
    [InlineData("public class StepTests { }", null)]
    public void CountedAlone_CountBesideOtherTests_IsFound(string text, string? counts) => Assert.Equal(
        counts is null ? [] : [$"Library.Tests/StepTests.cs counts {counts} of the whole process, so its class must be in [Collection(SoloCollection.Name)]"],
        CountedAlone.Find([new("Library.Tests", "StepTests.cs", text)]));

    [Theory]
    [InlineData("| done | `StepTests.Run_Once_Steps` |", null)]
    [InlineData("| done | `StepTests` |", null)]
    [InlineData("`StepTests.Run_Twice_Steps` in prose", null)]
    [InlineData("| done | `StepTests.Run_Twice_Steps` |", "StepTests.Run_Twice_Steps")]
    [InlineData("| done | `OtherTests.Run_Once_Steps` |", "OtherTests.Run_Once_Steps")]
    public void NamedTests_NoneOfThatName_IsFound(string document, string? name) => Assert.Equal(
        name is null ? [] : [$"the document names the test {name}, which is none"],
        NamedTests.Find(document, [new("Library.Tests", "Room/StepTests.cs", "class StepTests { // Run_Twice_Steps\n public void Run_Once_Steps() { } }")]));

    private static House With(Room[][] floors, params string[] libraries)
        => new() { Assembly = "Samples", Libraries = libraries, Floors = floors };
}
