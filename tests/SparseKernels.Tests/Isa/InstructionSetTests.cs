using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using SparseKernels.Isa;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Isa;

public sealed class InstructionSetTests
{
    /// <summary>The environment variable by which a test leg says which instruction set it must find to be worth anything.</summary>
    private const string ExpectVariable = "SPARSEKERNELS_EXPECT_ISA";

    [Fact]
    public void Available_ThisLeg_StartsWithTheExpectedInstructionSet()
    {
        var expected = Environment.GetEnvironmentVariable(ExpectVariable);
        if (!string.IsNullOrEmpty(expected))
        {
            Assert.Equal(expected, InstructionSet.NameOf(InstructionSet.Available[0]));
            Assert.Equal(InstructionSet.Available[0], InstructionSet.Current);
            return;
        }

        // No leg asked for anything: then nothing may hold this process below what its processor can do.
        foreach (var name in (string[])["DOTNET_EnableAVX512", "DOTNET_EnableAVX2", "DOTNET_EnableHWIntrinsic", InstructionSet.OverrideVariable])
            Assert.True(
                Environment.GetEnvironmentVariable(name) is null or "",
                $"{name} is set, but {ExpectVariable} does not say what the leg expects");
    }

    [Fact]
    public void Available_AnyMachine_EndsWithScalarAndHasNoDuplicates()
    {
        Assert.Equal(InstructionSetKind.Scalar, InstructionSet.Available[^1]);
        Assert.Equal(InstructionSet.Available.Distinct(), InstructionSet.Available);
        Assert.All(InstructionSet.Available, kind => Assert.True(InstructionSet.IsAvailable(kind)));
        Assert.Equal(InstructionSet.Available.OrderByDescending(InstructionSet.LanesOf), InstructionSet.Available);
    }

    [Fact]
    public void Available_AllKindsTogether_NeverMixArchitectures()
    {
        var arm = InstructionSet.IsAvailable(InstructionSetKind.Neon);
        Assert.False(arm && InstructionSet.IsAvailable(InstructionSetKind.Avx2));
        Assert.False(InstructionSet.IsAvailable(InstructionSetKind.Avx512) && !InstructionSet.IsAvailable(InstructionSetKind.Avx2));
    }

    [Fact]
    public void IsAvailable_UnknownKind_NamesTheArgument() =>
        Assert.Equal(
            "kind", Assert.Throws<ArgumentOutOfRangeException>(() => InstructionSet.IsAvailable((InstructionSetKind)99)).ParamName);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Choose_NothingForced_IsTheBest(string? forced) => Assert.Equal(InstructionSet.Available[0], InstructionSet.Choose(forced));

    [Fact]
    public void Choose_AvailableNameInAnyCase_IsThatInstructionSet()
    {
        foreach (var kind in InstructionSet.Available)
        {
            Assert.Equal(kind, InstructionSet.Choose(InstructionSet.NameOf(kind)));
            Assert.Equal(kind, InstructionSet.Choose(InstructionSet.NameOf(kind).ToUpperInvariant()));
        }
    }

    [Theory]
    [InlineData("sse2")]
    [InlineData("avx")]
    [InlineData("2")]
    [InlineData(" avx2")]
    public void Choose_UnknownName_SaysWhatCameAndWhatIsKnown(string forced)
    {
        var error = Assert.Throws<PlatformNotSupportedException>(() => InstructionSet.Choose(forced));
        Assert.Contains($"{InstructionSet.OverrideVariable}={forced}: unknown", error.Message);
        foreach (var kind in Enum.GetValues<InstructionSetKind>()) Assert.Contains(InstructionSet.NameOf(kind), error.Message);
    }

    [Fact]
    public void Choose_KnownButUnavailable_SaysWhatIsAvailable()
    {
        // x86 and Arm exclude each other, so there always is one to ask for in vain.
        var missing = Enum.GetValues<InstructionSetKind>().Where(kind => !InstructionSet.IsAvailable(kind)).ToArray();
        Assert.NotEmpty(missing);
        foreach (var kind in missing)
        {
            var error = Assert.Throws<PlatformNotSupportedException>(() => InstructionSet.Choose(InstructionSet.NameOf(kind)));
            Assert.Contains($"available: {string.Join(", ", InstructionSet.Available.Select(InstructionSet.NameOf))}", error.Message);
        }
    }

    [Fact]
    public void Override_InAnotherProcess_IsObeyed()
    {
        foreach (var kind in InstructionSet.Available)
        {
            var child = ChildProcess.RunExplicitTest(
                typeof(InstructionSetTests), nameof(Child_Describe_NamesTheForcedInstructionSet),
                (InstructionSet.OverrideVariable, InstructionSet.NameOf(kind)));
            Assert.True(child.ExitCode == 0, child.Output);
            Assert.Contains("Total: 1", child.Output);
        }
    }

    [Fact]
    public void Override_UnavailableNameInAnotherProcess_Throws()
    {
        var missing = Enum.GetValues<InstructionSetKind>().First(kind => !InstructionSet.IsAvailable(kind));
        var child = ChildProcess.RunExplicitTest(
            typeof(InstructionSetTests), nameof(Child_Describe_NamesTheForcedInstructionSet),
            (InstructionSet.OverrideVariable, InstructionSet.NameOf(missing)));
        Assert.NotEqual(0, child.ExitCode);
        Assert.Contains("this process can't run it", child.Output);
    }

    [Fact]
    public void Available_DotNetPrefersNarrowerVectors_IsWhatTheProcessorHas()
    {
        // As .NET prefers by itself on Xeons that clock lower with 512 bits.
        var child = ChildProcess.RunExplicitTest(
            typeof(InstructionSetTests), nameof(Child_NarrowerVectors_LeaveTheBestInstructionSet),
            ("DOTNET_PreferredVectorBitWidth", "256"));
        Assert.True(child.ExitCode == 0, child.Output);
        Assert.Contains("Total: 1", child.Output);
    }

    [Fact(Explicit = true)]
    public void Child_NarrowerVectors_LeaveTheBestInstructionSet()
    {
        Assert.False(Vector512.IsHardwareAccelerated);
        var hasAvx512 = Avx512F.IsSupported && Avx512BW.VL.IsSupported && Avx512DQ.IsSupported;
        Assert.Equal(hasAvx512, InstructionSet.Available[0] == InstructionSetKind.Avx512);
    }

    [Fact(Explicit = true)]
    public void Child_Describe_NamesTheForcedInstructionSet()
    {
        var forced = Environment.GetEnvironmentVariable(InstructionSet.OverrideVariable);
        Assert.Equal(forced, InstructionSet.NameOf(InstructionSet.Current));
        Assert.Contains($"forced by {InstructionSet.OverrideVariable}={forced}", InstructionSet.Describe());
        Assert.Equal(InstructionSet.Current, new ConvolutionOptions().InstructionSet);
    }

    [Fact]
    public void Describe_AnyMachine_NamesCurrentAndEveryAvailable()
    {
        var text = InstructionSet.Describe();
        Assert.StartsWith(InstructionSet.NameOf(InstructionSet.Current), text);
        Assert.Contains($"available: {string.Join(", ", InstructionSet.Available.Select(InstructionSet.NameOf))}", text);
        Assert.DoesNotContain('\n', text);
    }

    [Theory]
    [InlineData(InstructionSetKind.Avx512, 16, "avx512")]
    [InlineData(InstructionSetKind.Avx2, 8, "avx2")]
    [InlineData(InstructionSetKind.Neon, 4, "neon")]
    [InlineData(InstructionSetKind.Scalar, 1, "scalar")]
    public void LanesAndName_EveryKind_AreThoseOfTheArchitecture(InstructionSetKind kind, int lanes, string name) =>
        Assert.Equal((lanes, name), (InstructionSet.LanesOf(kind), InstructionSet.NameOf(kind)));
}
