using SparseKernels.Architecture.Tests.Reading;
using Xunit;

namespace SparseKernels.Architecture.Tests;

public sealed class ReadingTests
{
    private const string Kinds = $"{SampleHouse.Namespace}.Kinds";
    private const string Targets = $"{SampleHouse.Namespace}.Targets";

    private static readonly CodeMap s_withoutSources = AssemblyReader.Read("SparseKernels.Architecture.Tests");

    public static TheoryData<string> Uses
        => [.. SampleHouse.Map.Types.Where(type => type.Namespace == Kinds && type.Name.StartsWith("By")).Select(type => type.Name)];

    [Fact]
    public void Uses_Samples_AreAll() => Assert.Equal(33, Uses.Count);

    [Theory, MemberData(nameof(Uses))]
    public void Map_EveryKindOfUse_IsAReference(string type)
        => Assert.Contains(SampleHouse.Map.References[new(Kinds, type)], target => target.Namespace == Targets);

    [Theory]
    [InlineData("None")]
    [InlineData("NoneByComment")]
    public void Map_TypeThatUsesNothing_HasNoReference(string type) => Assert.Empty(SampleHouse.Map.References[new(Kinds, type)]);

    [Fact]
    public void Map_EnumMemberAsArgument_IsAReferenceEvenWithoutTheSources()
        => Assert.Contains(new TypeName(Targets, "Colour"), s_withoutSources.References[new(Kinds, "ByArgumentOfEnum")]);

    [Fact]
    public void Map_NestedTypesAndTheCompilers_AreNoTypesOfTheirOwn()
    {
        var names = s_withoutSources.Types.Select(type => type.Name).ToList();

        Assert.Contains("ByNested", names);
        Assert.DoesNotContain("Inner", names);
        Assert.DoesNotContain(names, name => name.Contains('<'));
        Assert.DoesNotContain("RefSafetyRulesAttribute", names);
    }
}
