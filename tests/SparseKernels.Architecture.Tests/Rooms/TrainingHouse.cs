namespace SparseKernels.Architecture.Tests.Rooms;

/// <summary>The training library: the training loop at the top, sizes and seeds at the bottom.</summary>
internal static class TrainingHouse
{
    private static readonly string[] s_ofLayers = ["Layers", "Channels", "Sweeps", "Tensors", "Traffic", "Zeros"];

    public static House Drawing { get; } = new()
    {
        Assembly = "SparseKernels.Training",
        Libraries = ["SparseKernels"],
        Floors =
        [
            [new("Door", "SparseKernels.Training")],
            [
                new("Capture", "SparseKernels.Training.Capture") { RefersOnlyTo = ["Files", "Layers"] },
                new("Checkpoints", "SparseKernels.Training.Checkpoints") { RefersOnlyTo = ["Files", "Layers", "Networks", "Parameters", "Pruning", "Tensors"] },
                new("Models", "SparseKernels.Training.Models"),
            ],
            [
                new("Inference", "SparseKernels.Training.Inference")
                {
                    RefersOnlyTo =
                    [
                        "Graphs", "Layers", "Networks", "Randomness", "Tensors", "Traffic",
                    ],
                },
            ],
            [
                new("Distribution", "SparseKernels.Training.Distribution")
                {
                    RefersOnlyTo = ["Layers", "Networks", "Optimisation", "Parameters", "Tensors", "Traffic", "Communication"],
                },
            ],
            [new("Stretches", "SparseKernels.Training.Stretches") { RefersOnlyTo = ["Folding", "Graphs", "Layers", "Networks", "Parameters", "Tensors", "Traffic"] }],
            [new("Pruning", "SparseKernels.Training.Pruning") { RefersOnlyTo = ["Layers", "Networks", "Optimisation", "Parameters", "Tensors", "Traffic"] }],
            [
                new("Networks", "SparseKernels.Training.Networks")
                {
                    RefersOnlyTo = ["Graphs", "Layers", "Channels", "Optimisation", "Parameters", "Randomness", "Tensors", "Traffic", "Zeros"],
                },
            ],
            [
                new("Folding", "SparseKernels.Training.Folding")
                {
                    RefersOnlyTo = ["Graphs", "Layers", "BatchNormalisation", "Convolutions", "Elementwise", "Merging", "Parameters", "Pooling", "Tensors"],
                },
            ],
            [
                new("Optimisation", "SparseKernels.Training.Optimisation") { RefersOnlyTo = ["Parameters", "Tensors", "Traffic"] },
                new("Composites", "SparseKernels.Training.Layers.Composites")
                {
                    RefersOnlyTo = ["Graphs", "Layers", "BatchNormalisation", "Convolutions", "Elementwise", "Merging", "Pooling"],
                },
            ],
            [new("Graphs", "SparseKernels.Training.Graphs") { RefersOnlyTo = [.. s_ofLayers, "Parameters"] }],
            [
                new("Convolutions", "SparseKernels.Training.Layers.Convolutions") { RefersOnlyTo = [.. s_ofLayers, "Parameters"] },
                new("BatchNormalisation", "SparseKernels.Training.Layers.BatchNormalisation") { RefersOnlyTo = [.. s_ofLayers, "Parameters", "Pooling", "Communication"] },
                new("Merging", "SparseKernels.Training.Layers.Merging") { RefersOnlyTo = s_ofLayers },
                new("Elementwise", "SparseKernels.Training.Layers.Elementwise") { RefersOnlyTo = [.. s_ofLayers, "Functions", "Randomness"] },
                new("GroupNormalisation", "SparseKernels.Training.Layers.GroupNormalisation") { RefersOnlyTo = [.. s_ofLayers, "Parameters"] },
                new("Reshaping", "SparseKernels.Training.Layers.Reshaping") { RefersOnlyTo = s_ofLayers },
            ],
            [new("Functions", "SparseKernels.Training.Layers.Elementwise.Functions") { RefersOnlyTo = s_ofLayers }],
            [new("Pooling", "SparseKernels.Training.Layers.Pooling") { RefersOnlyTo = s_ofLayers }],
            [new("Layers", "SparseKernels.Training.Layers") { RefersOnlyTo = ["Channels", "Communication", "Parameters", "Sweeps", "Tensors", "Traffic", "Zeros"] }],
            [
                new("Channels", "SparseKernels.Training.Channels"),
                new("Traffic", "SparseKernels.Training.Traffic") { RefersOnlyTo = ["Parameters", "Sweeps"] },
                new("Zeros", "SparseKernels.Training.Zeros"),
            ],
            [new("Parameters", "SparseKernels.Training.Parameters"), new("Files", "SparseKernels.Training.Files")],
            [new("Data", "SparseKernels.Training.Data")],
            [
                new("Randomness", "SparseKernels.Training.Randomness"),
                new("Sweeps", "SparseKernels.Training.Sweeps"),
                new("Tensors", "SparseKernels.Training.Tensors"),
                new("Communication", "SparseKernels.Training.Communication"),
            ],
        ],
    };
}
