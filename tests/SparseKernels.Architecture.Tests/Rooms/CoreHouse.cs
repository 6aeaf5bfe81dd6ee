namespace SparseKernels.Architecture.Tests.Rooms;

/// <summary>The core library: what users call stands at the top, what knows nothing of convolutions at the bottom.</summary>
internal static class CoreHouse
{
    private static readonly string[] s_foundations = ["Sparsity", "Tensors", "Threading", "Memory", "Isa", "Schemas", "Values"];

    public static House Drawing { get; } = new()
    {
        Assembly = "SparseKernels",
        Libraries = ["System.Numerics.Tensors"], // the BCL's own tensor types, which come as a package
        Floors =
        [
            [new("Door", "SparseKernels")],
            [
                new("Calibrating", "SparseKernels.Scheduling.Calibrating"),
                new("PruningStrategies", "SparseKernels.Pruning.Strategies") { RefersOnlyTo = ["Pruning", .. s_foundations] },
                new("PruningOrder", "SparseKernels.Pruning.Order") { RefersOnlyTo = s_foundations },
                new("Reference", "SparseKernels.Reference") { RefersOnlyTo = ["Values"] },
            ],
            [
                new("Plans", "SparseKernels.Scheduling.Plans"),
                new("Pruning", "SparseKernels.Pruning") { RefersOnlyTo = s_foundations },
            ],
            [new("Choice", "SparseKernels.Scheduling.Choice")],
            [new("Cost", "SparseKernels.Scheduling.Cost")],
            [new("PassCatalogue", "SparseKernels.Passes")],
            [
                // One room for each way to run a pass: none knows another.
                new("BatchDenseGradient", "SparseKernels.Passes.BatchDenseGradient"),
                new("BatchMaskFine", "SparseKernels.Passes.BatchMaskFine"),
                new("InPlaceWeightFine", "SparseKernels.Passes.InPlaceWeightFine"),
                new("Dense", "SparseKernels.Passes.Dense"),
                new("DenseBatch", "SparseKernels.Passes.DenseBatch"),
                new("DenseGradient", "SparseKernels.Passes.DenseGradient"),
                new("DepthwiseGradient", "SparseKernels.Passes.DepthwiseGradient"),
                new("DataFine", "SparseKernels.Passes.DataFine"),
                new("WeightFine", "SparseKernels.Passes.WeightFine"),
                new("ResultFine", "SparseKernels.Passes.ResultFine"),
                new("GradientDataFine", "SparseKernels.Passes.GradientDataFine"),
                new("GradientMaskFine", "SparseKernels.Passes.GradientMaskFine"),
                new("Plain", "SparseKernels.Passes.Plain"),
            ],
            [new("PassLists", "SparseKernels.Passes.Lists")],
            [new("PassFrame", "SparseKernels.Passes.Frame")],
            [new("Packing", "SparseKernels.Packing")],
            [new("Geometry", "SparseKernels.Geometry")],
            [new("Kernels", "SparseKernels.Kernels") { RefersOnlyTo = ["Isa"] }],
            [new("Sparsity", "SparseKernels.Sparsity")],
            [new("Tensors", "SparseKernels.Tensors")],
            [new("Threading", "SparseKernels.Threading")],
            [new("Memory", "SparseKernels.Memory"), new("Files", "SparseKernels.Files") { RefersOnlyTo = [] }],
            [new("Isa", "SparseKernels.Isa")],
            [new("Diagnostics", "SparseKernels.Diagnostics"), new("Schemas", "SparseKernels.Schemas") { RefersOnlyTo = [] }],
            [
                // Plain values in the door's namespace, for everybody.
                new("Values", "SparseKernels")
                {
                    Types =
                    [
                        "BlockedLayout", "ConvolutionPass", "ConvolutionShape", "KernelSchedule", "KernelScheduleMode", "Operand", "OperandDensity", "OperandPair", "PlainLayout", "PlainLayoutCheck",
                        "Padding2D", "Size2D", "SpanCheck", "ValueRange",
                    ],
                },
            ],
        ],
    };
}
