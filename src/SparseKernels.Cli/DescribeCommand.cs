using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using SparseKernels.Kernels;
using SparseKernels.Scheduling;
using Spectre.Console;

namespace SparseKernels.Cli;

/// <summary><c>sparsekernels describe</c>: the machine as the library sees it, and every kernel it has.</summary>
internal static class DescribeCommand
{
    public static Command Create()
    {
        var command = new Command("describe", "Show CPU, caches, instruction set, topology and every kernel.");
        command.SetAction(_ => Run());
        return command;
    }

    private static int Run()
    {
        var topology = ComputeTopology.Default;
        var facts = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        AddFact(facts, "CPU", ProcessorName.Read());
        AddFact(facts, "System", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}");
        AddFact(facts, "Caches", $"L1D {Size(MachineTopology.L1Bytes)}, L2 {Size(MachineTopology.L2Bytes)}, L3 {Size(MachineTopology.L3Bytes)}");
        AddFact(facts, "Instruction set", InstructionSet.Describe());
        AddFact(facts, "Topology", $"{topology.Clusters} × {topology.CoresPerCluster}: {topology.Threads} threads in {topology.Clusters} cluster(s) that share a last-level cache");
        AddFact(facts, "FMA peak", string.Create(CultureInfo.InvariantCulture, $"{FmaPeak.MeasureGflops(InstructionSet.Current):F1} GFLOP/s on one core, measured now"));
        var screen = Screen.Out();
        screen.Write(facts);

        var table = new Table().Border(TableBorder.Simple).AddColumns("kernel", "computes", "tile", "runs here");
        table.Columns[0].NoWrap();
        foreach (var kernel in KernelTable.All)
            table.AddRow(kernel.Id, Purpose(kernel.Family), $"{kernel.Rows} × {kernel.Width} floats in {kernel.Rows * kernel.Vectors} registers", Availability(kernel.Isa));
        screen.Write(table);
        return 0;
    }

    private static void AddFact(Grid grid, string name, string value) => grid.AddRow(new Text(name), new Text(value));

    private static string Size(int bytes) => bytes >= 1 << 20 ? $"{bytes >> 20} MiB" : $"{bytes >> 10} KiB";

    private static string Purpose(KernelFamily family) => family switch
    {
        KernelFamily.Tap => "Forward, BackwardData",
        KernelFamily.LaneTap => "all passes, depthwise",
        KernelFamily.BatchTap => "Forward, BackwardData",
        KernelFamily.OuterProduct => "BackwardWeights",
        _ => family.ToString(),
    };

    private static string Availability(InstructionSetKind isa) =>
        isa == InstructionSet.Current ? "yes, in use" : InstructionSet.IsAvailable(isa) ? "yes" : "no";
}
