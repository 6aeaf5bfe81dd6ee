using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Kernels;

/// <summary>
/// What a micro-kernel's speed rests on: its inner loop has its tile's multiply-adds, no call, and no accumulator in memory.
/// </summary>
public sealed class KernelListingTests
{
    /// <summary>
    /// The environment variable that names a listing of the AVX-512 kernels, made by NativeAOT's compiler on any x86-64 machine.
    /// </summary>
    private const string Avx512ListingVariable = "SPARSEKERNELS_AVX512_LISTING";

    [Fact]
    public void MicroKernels_JitListing_KeepsCallsAndSpillsOutOfTheInnerLoop()
    {
        var file = Path.GetTempFileName();
        try
        {
            var child = ChildProcess.RunExplicitTest(
                typeof(KernelListingTests), nameof(Child_EveryAvailableKernel_IsCompiled),
                ("DOTNET_TieredCompilation", "0"), ("DOTNET_JitDisasm", "Run"), ("DOTNET_JitStdOutFile", file));
            Assert.True(child.ExitCode == 0 && child.Output.Contains("Total: 1"), child.Output);
            foreach (var isa in InstructionSet.Available) Check(file, isa);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void MicroKernels_Avx512Listing_KeepsCallsAndSpillsOutOfTheInnerLoop()
    {
        var file = Environment.GetEnvironmentVariable(Avx512ListingVariable);
        Assert.SkipWhen(string.IsNullOrEmpty(file), $"{Avx512ListingVariable} names no listing; .ci/run aot makes one.");
        Check(file!, InstructionSetKind.Avx512);
    }

    [Fact(Explicit = true)]
    public void Child_EveryAvailableKernel_IsCompiled()
    {
        foreach (var entry in KernelTable.All.Where(entry => InstructionSet.IsAvailable(entry.Isa))) KernelCall.Empty(entry);
    }

    [Theory]
    [InlineData("       vfmadd231ps ymm0, ymm4, ymm5", 2, 0, 0)]
    [InlineData("       call     [System.Something:Slow()]", 1, 1, 0)]
    [InlineData("       vmovups  ymmword ptr [rsp+0x20], ymm3", 1, 0, 1)]
    [InlineData("       vfmadd213ps ymm1, ymm2, ymmword ptr [rbp-0x40]", 2, 0, 1)]
    [InlineData("       vmovups  ymm1, ymmword ptr [rax+0x20]", 1, 0, 0)]
    [InlineData("       mov      rax, qword ptr [rbp-0x40]", 1, 0, 0)]
    public void Read_X64LoopWithOneMoreInstruction_CountsIt(string line, int multiplyAdds, int calls, int spills)
    {
        var listing = Assert.Single(
            KernelListing.Read(Listing("X64", "rbp", "vfmadd231ps ymm1, ymm2, ymm3", line, "jl       SHORT G_M000_IG07", "Avx2")));
        Assert.Equal("TapKernel Avx2 6x2", listing.Kernel);
        Assert.Equal((multiplyAdds, calls, spills), (listing.MultiplyAdds, listing.Calls.Count(), listing.VectorSpills.Count()));
    }

    [Theory]
    [InlineData("            fmla    v1.4s, v2.4s, v3.s[0]", 2, 0, 0)]
    [InlineData("            bl      System.Something:Slow()", 1, 1, 0)]
    [InlineData("            str     q16, [fp, #0x20]", 1, 0, 1)]
    [InlineData("            ldp     q16, q17, [sp, #0x20]", 1, 0, 1)]
    [InlineData("            ldr     q16, [x2], #0x10", 1, 0, 0)]
    public void Read_ArmLoopWithOneMoreInstruction_CountsIt(string line, int multiplyAdds, int calls, int spills)
    {
        var listing = Assert.Single(
            KernelListing.Read(Listing("arm64", "fp", "fmla    v16.4s, v4.4s, v5.4s", line, "blt     G_M000_IG07", "Neon")));
        Assert.Equal("TapKernel Neon 6x2", listing.Kernel);
        Assert.Equal((multiplyAdds, calls, spills), (listing.MultiplyAdds, listing.Calls.Count(), listing.VectorSpills.Count()));
    }

    private static string[] Listing(string architecture, string frame, string multiplyAdd, string line, string jump, string isa) =>
    [
        "; Assembly listing for method Some.Other:Run() (FullOpts)",
        "       call     Unrelated",
        $"; Assembly listing for method SparseKernels.Kernels.TapKernel`4[SparseKernels.Kernels.PixelRows6`3[SparseKernels.Kernels.Columns2`2[SparseKernels.Isa.{isa},T],T],T]:Run(ptr) (FullOpts)",
        $"; Emitting BLENDED_CODE for generic {architecture} on Unix",
        $"; {frame} based frame",
        "G_M000_IG06:                ;; offset=0x01E8",
        "       call     OutsideTheInnerLoop",
        "G_M000_IG07:                ;; offset=0x01F2",
        "       " + multiplyAdd,
        line,
        "       " + jump,
        architecture == "X64" ? "       jl       G_M000_IG06" : "       blt     G_M000_IG06",
        "       call     AfterTheLoop",
    ];

    private static void Check(string file, InstructionSetKind isa)
    {
        var listings = KernelListing.Read(File.ReadLines(file)).ToLookup(listing => listing.Kernel);
        var wrong = new List<string>();
        var entries = KernelTable.All.Where(entry => entry.Isa == isa).ToArray();
        Assert.NotEmpty(entries);
        foreach (var entry in entries)
        {
            var name = $"{entry.Family}Kernel {entry.Isa} {entry.Rows}x{entry.Vectors}";
            var found = listings[name].ToArray();
            if (found.Length != 1) wrong.Add($"{entry.Id}: {found.Length} listings of {name}, expected one");
            foreach (var listing in found)
            {
                wrong.AddRange(listing.Calls.Select(call => $"{entry.Id}: calls in the inner loop: {call}"));

                // The scalar path's tile is larger than the register file, and without hardware intrinsics it has no fused multiply-add.
                if (isa == InstructionSetKind.Scalar) continue;
                var turns = entry.Family is KernelFamily.Spmm or KernelFamily.List or KernelFamily.StridedList ? 2 : 1;
                if (listing.MultiplyAdds != turns * entry.Rows * entry.Vectors) wrong.Add($"{entry.Id}: {listing.MultiplyAdds} multiply-adds in the inner loop, expected {turns} x {entry.Rows} x {entry.Vectors}");
                wrong.AddRange(listing.VectorSpills.Select(spill => $"{entry.Id}: spills in the inner loop: {spill}"));
            }
        }

        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
    }
}
