using System.CommandLine;
using System.CommandLine.Help;
using SparseKernels.Cli.Benchmark;
using SparseKernels.Cli.Calibrate;
using SparseKernels.Cli.Describe;
using SparseKernels.Cli.Evaluate;
using SparseKernels.Cli.Explain;
using SparseKernels.Cli.Export;
using SparseKernels.Cli.Options;
using SparseKernels.Cli.Predict;
using SparseKernels.Cli.Runs;
using SparseKernels.Cli.Terminal;
using SparseKernels.Cli.Train;

var root = new RootCommand("Trains convolutional networks on the CPU.")
{
    TrainCommand.Create(),
    EvaluateCommand.Create(),
    PredictCommand.Create(),
    ExportCommand.Create(),
    BenchmarkCommand.Create(),
    ExplainCommand.Create(),
    DescribeCommand.Create(),
    CalibrateCommand.Create(),
};
root.HelpName = Screen.CommandName;
root.Options.OfType<HelpOption>().Single().Action = new GroupedHelp(new HelpAction());

var parsed = root.Parse(args);
if (Failure.BadUsageOf(parsed) is { } message)
{
    // The other ranks must not wait for this one.
    return args.FirstOrDefault() == TrainCommand.Name ? RunRanks.Refuse(message) : Failure.Report(message, Failure.BadUsage);
}

if (!WorkingFolder.IsThere) return Failure.Report("the working folder is gone: go to one that exists.", Failure.BadInput);
Console.SetOut(new OutputWriter(Console.Out));
try
{
    // Ctrl-C is the training loop's own business: it ends with a checkpoint, however long that takes.
    return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
}
catch (Exception e) when (Failure.IsInput(e))
{
    return Failure.Report(Failure.Message(e), Failure.BadInput);
}
