namespace SparseKernels.Architecture.Tests.Rooms;

/// <summary>The command: no command knows another. Program.cs has top-level statements, whose type is in the global namespace.</summary>
internal static class CommandHouse
{
    public static House Drawing { get; } = new()
    {
        Assembly = "SparseKernels.Cli",
        Libraries =
        [
            "SparseKernels", "SparseKernels.Distributed", "SparseKernels.Images", "SparseKernels.Onnx", "SparseKernels.Training", "Spectre.Console", "Spectre.Console.Ansi",
            "System.CommandLine",
        ],
        Floors =
        [
            [new("Program", "")],
            [
                new("Train", "SparseKernels.Cli.Train"),
                new("Evaluate", "SparseKernels.Cli.Evaluate"),
                new("Predict", "SparseKernels.Cli.Predict"),
                new("Export", "SparseKernels.Cli.Export"),
                new("Benchmark", "SparseKernels.Cli.Benchmark"),
                new("Explain", "SparseKernels.Cli.Explain"),
                new("Describe", "SparseKernels.Cli.Describe") { RefersOnlyTo = ["Terminal"] },
                new("Calibrate", "SparseKernels.Cli.Calibrate") { RefersOnlyTo = ["Terminal"] },
            ],
            [
                new("Reports", "SparseKernels.Cli.Reports") { RefersOnlyTo = ["Runs"] },
                new("Options", "SparseKernels.Cli.Options"),
            ],
            [new("Runs", "SparseKernels.Cli.Runs")],
            [new("Terminal", "SparseKernels.Cli.Terminal")],
        ],
    };
}
