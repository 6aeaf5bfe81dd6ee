namespace SparseKernels.Architecture.Tests.Rooms;

/// <summary>ONNX in and out: what is read and what is written meet in the graph alone.</summary>
internal static class OnnxHouse
{
    public static House Drawing { get; } = new()
    {
        Assembly = "SparseKernels.Onnx",
        Libraries = ["SparseKernels", "SparseKernels.Training", "Google.Protobuf"],
        Floors =
        [
            [new("Door", "SparseKernels.Onnx")],
            [
                new("Importing", "SparseKernels.Onnx.Importing") { RefersOnlyTo = ["Rewriting", "Folding", "Graphs", "Values"] },
                new("Writing", "SparseKernels.Onnx.Writing") { RefersOnlyTo = ["Exporting", "Graphs", "Proto", "Values"] },
            ],
            [
                new("Exporting", "SparseKernels.Onnx.Exporting") { RefersOnlyTo = ["Folding", "Graphs"] },
                new("Rewriting", "SparseKernels.Onnx.Rewriting") { RefersOnlyTo = ["Folding", "Graphs"] },
                new("Reading", "SparseKernels.Onnx.Reading") { RefersOnlyTo = ["Graphs", "Proto", "Values"] },
            ],
            [new("Folding", "SparseKernels.Onnx.Folding") { RefersOnlyTo = ["Graphs", "Values"] }],
            [new("Graphs", "SparseKernels.Onnx.Graphs")],
            [
                // Made from onnx.proto when the project is built.
                new("Proto", "SparseKernels.Onnx.Proto") { RefersOnlyTo = [], IsGenerated = true },

                // Plain values in the door's namespace, for everybody.
                new("Values", "SparseKernels.Onnx") { Types = ["OnnxDimension", "OnnxValue", "OnnxImportOptions", "OnnxExportOptions"] },
            ],
        ],
    };
}
