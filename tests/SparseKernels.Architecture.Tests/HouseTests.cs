using SparseKernels.Architecture.Tests.Checks;
using SparseKernels.Architecture.Tests.Reading;
using SparseKernels.Architecture.Tests.Rooms;
using Xunit;

namespace SparseKernels.Architecture.Tests;

/// <summary>Holds each assembly to its drawing in Rooms/.</summary>
public sealed class HouseTests
{
    private static readonly Dictionary<string, CodeMap> s_maps = [];

    public static IEnumerable<TheoryDataRow<string>> Assemblies =>
    [
        new("SparseKernels"),
        new("SparseKernels.Training"),
        new("SparseKernels.Images"),
        new("SparseKernels.Onnx"),
        new("SparseKernels.TorchSharp"),
        new("SparseKernels.Distributed"),
        new("SparseKernels.Cli"),
    ];

    public static IEnumerable<TheoryDataRow<string>> Projects
        => Repository.Projects.Select(project => new TheoryDataRow<string>(project));

    public static IEnumerable<TheoryDataRow<string>> TestProjects
        => Repository.TestProjects.Select(project => new TheoryDataRow<string>(project));

    [Theory, MemberData(nameof(Assemblies))]
    public void House_EveryType_LivesInARoom(string assembly) => ExpectNone(Inhabitants.Find, assembly);

    [Theory, MemberData(nameof(Assemblies))]
    public void House_References_GoDownOnly(string assembly) => ExpectNone(ForbiddenReferences.Find, assembly);

    [Theory, MemberData(nameof(Assemblies))]
    public void House_Folders_MakeNoCircle(string assembly) => ExpectNone(FolderCircles.Find, assembly);

    [Theory, MemberData(nameof(Assemblies))]
    public void House_TypesOfAFolder_MakeNoCircleOfMoreThanThree(string assembly)
        => ExpectNone(TypeCircles.Find(MapOf(assembly), type => Houses.Named(assembly).RoomOf(type) is { IsGenerated: true }));

    [Theory, MemberData(nameof(Assemblies))]
    public void House_OtherAssemblies_AreThoseOfItsDrawing(string assembly) => ExpectNone(ForeignAssemblies.Find, assembly);

    [Theory, MemberData(nameof(Projects))]
    public void Sources_Namespaces_AreTheirFolders(string project)
        => ExpectNone(FolderNamespaces.Find(Repository.SourcesOf("src", project)));

    [Theory, MemberData(nameof(TestProjects))]
    public void Tests_ThatCountForTheWholeProcess_RunAlone(string project)
        => ExpectNone(CountedAlone.Find(Repository.SourcesOf("tests", project)));

    [Fact]
    public void Pruning_ClaimsTable_NamesTestsThatAreThere()
    {
        var document = Repository.TextOf("docs", "pruning.md");
        Assert.True(NamedTests.Of(document).Count >= 20, "the table of claims names fewer tests than it has rows");
        ExpectNone(NamedTests.Find(document, [.. Repository.TestProjects.SelectMany(project => Repository.SourcesOf("tests", project))]));
    }

    private static CodeMap MapOf(string assembly)
    {
        lock (s_maps)
        {
            if (s_maps.TryGetValue(assembly, out var known)) return known;
            return s_maps[assembly] = ConstantReferences.Add(AssemblyReader.Read(assembly), Repository.SourcesOf("src", assembly));
        }
    }

    private static void ExpectNone(Func<House, CodeMap, IEnumerable<string>> find, string assembly)
        => ExpectNone(find(Houses.Named(assembly), MapOf(assembly)));

    private static void ExpectNone(IEnumerable<string> findings)
    {
        var found = findings.ToList();
        if (found.Count > 0) Assert.Fail(string.Join("\n", found));
    }
}
