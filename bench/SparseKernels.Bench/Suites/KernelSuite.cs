using BenchmarkDotNet.Attributes;
using SparseKernels.Isa;
using SparseKernels.Kernels;

namespace SparseKernels.Bench.Suites;

/// <summary>Every micro-kernel that this machine can run, alone, with operands in L1: how near the multiply-add ports it comes.</summary>
public class KernelSuite
{
    private const int Calls = 256;

    private KernelLoop? _loop;

    [ParamsSource(nameof(Kernels))]
    public string Kernel { get; set; } = "";

    public static IEnumerable<string> Kernels =>
        KernelTable.All.Where(kernel => InstructionSet.IsAvailable(kernel.Isa)).Select(kernel => kernel.Id);

    [GlobalSetup]
    public void Prepare() => _loop = LoopOf(Kernel);

    [GlobalCleanup]
    public void Release() => _loop?.Dispose();

    [Benchmark(OperationsPerInvoke = Calls)]
    public void Run() => _loop!.Run(Calls);

    internal static KernelLoop LoopOf(string id) => new(KernelTable.All.Single(kernel => kernel.Id == id));
}
