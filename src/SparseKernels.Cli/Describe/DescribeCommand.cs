using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using SparseKernels.Cli.Terminal;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Threading;
using Spectre.Console;

namespace SparseKernels.Cli.Describe;

/// <summary><c>sparsekernels describe</c>: the machine as the library sees it, and the kernels that serve it.</summary>
internal static class DescribeCommand
{
    public static Command Create()
    {
        var all = new Option<bool>("--all") { Description = "List every kernel of every instruction set, not the families that run here." };
        var command = new Command("describe", "Show CPU, caches, instruction set, topology and the kernels that run here.") { all };
        command.SetAction(parsed => Run(parsed.GetValue(all)));
        return command;
    }

    private static int Run(bool all)
    {
        var topology = ComputeTopology.Default;
        var facts = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        AddFact(facts, "CPU", ProcessorName.Read());
        AddFact(facts, "System", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}");
        AddFact(
            facts, "Caches",
            $"L1D {Size(MachineTopology.L1Bytes)}, L2 {Size(MachineTopology.L2Bytes)}, L3 {Size(MachineTopology.L3Bytes)}");
        AddFact(facts, "Instruction set", InstructionSet.Describe());
        AddFact(
            facts, "Topology",
            $"{topology.Clusters} × {topology.CoresPerCluster}: " +
            $"{topology.Threads} threads in {topology.Clusters} cluster(s) that share a last-level cache");
        AddFact(facts, "FMA peak", string.Create(
            CultureInfo.InvariantCulture, $"{FmaPeak.MeasureGflops(InstructionSet.Current):F1} GFLOP/s on one core, measured now"));
        var screen = Screen.Out();
        screen.Write(facts);

        screen.Write(all ? EveryKernel() : FamiliesHere());
        if (all) return 0;
        var others = KernelTable.All.Count(kernel => kernel.Isa != InstructionSet.Current);
        screen.WriteLine($"{others} more kernels are for other instruction sets; describe --all lists every one.");
        return 0;
    }

    private static Table FamiliesHere()
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("kernels", "passes", "what they do", "tiles, rows × floats");
        table.Columns[0].NoWrap();
        foreach (var family in KernelFamilyRow.All(InstructionSet.Current))
            table.AddRow(family.Name, family.Passes, family.Work, family.Tiles);
        return table;
    }

    private static Table EveryKernel()
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("kernel", "passes", "tile", "runs here");
        table.Columns[0].NoWrap();
        foreach (var kernel in KernelTable.All)
        {
            table.AddRow(
                kernel.Id, KernelFamilyRow.PassesOf(kernel.Family),
                $"{kernel.Rows} × {kernel.Width} floats in {kernel.Rows * kernel.Vectors} registers", Availability(kernel.Isa));
        }

        return table;
    }

    private static void AddFact(Grid grid, string name, string value) => grid.AddRow(new Text(name), new Text(value));

    private static string Size(int bytes) => bytes >= 1 << 20 ? $"{bytes >> 20} MiB" : $"{bytes >> 10} KiB";

    private static string Availability(InstructionSetKind isa) =>
        isa == InstructionSet.Current ? "yes, in use" : InstructionSet.IsAvailable(isa) ? "yes" : "no";
}
