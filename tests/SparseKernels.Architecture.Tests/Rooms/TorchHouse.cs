namespace SparseKernels.Architecture.Tests.Rooms;

/// <summary>TorchSharp models on our kernels: a model is converted, what its modules do is sketched, and a node of torch's graph runs it.</summary>
internal static class TorchHouse
{
    public static House Drawing { get; } = new()
    {
        Assembly = "SparseKernels.TorchSharp",
        Libraries = ["SparseKernels", "SparseKernels.Training", "TorchSharp"],
        Floors =
        [
            [new("Door", "SparseKernels.TorchSharp")],
            [
                new("Converting", "SparseKernels.TorchSharp.Converting") { RefersOnlyTo = ["Sketching", "Nodes", "Values"] },
                new("Pruning", "SparseKernels.TorchSharp.Pruning") { RefersOnlyTo = ["Nodes"] },
                new("StateDicts", "SparseKernels.TorchSharp.StateDicts") { RefersOnlyTo = [] },
            ],
            [new("Sketching", "SparseKernels.TorchSharp.Sketching") { RefersOnlyTo = ["Nodes", "Values"] }],
            [
                new("Nodes", "SparseKernels.TorchSharp.Nodes") { RefersOnlyTo = [] },

                // Plain values in the door's namespace, for everybody.
                new("Values", "SparseKernels.TorchSharp") { Types = ["BlockDescription", "SparseTorchOptions", "ConvertedPart", "ConversionKind"] },
            ],
        ],
    };
}
