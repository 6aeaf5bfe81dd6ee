using System.CommandLine;
using SparseKernels.Cli.Options;

namespace SparseKernels.Cli.Export;

/// <summary><c>sparsekernels export</c>: its options.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var checkpoint = CommandOptions.Checkpoint();
        var model = new Argument<string>("model.onnx") { Description = "The file to write or replace; its folder must exist." };
        var fold = new Option<bool>("--fold")
        {
            Description = "Fold batch normalisation into the convolutions before it and leave dropout out: for inference, not for fine-tuning.",
        };
        var sparse = new Option<bool>("--sparse-initialisers")
        {
            Description = "Write weights that are mostly zero as values and places: smaller files, which ONNX Runtime reads but not every other reader.",
        };
        var batch = CommandOptions.AtLeastOne("--batch", "Images in a batch that the file fixes (default: left open).");
        var command = new Command(
            "export", "Write the network of a run as an ONNX file, for other runtimes. Weights with a running average are written as that.")
        {
            checkpoint, model, fold, sparse, batch,
        };
        command.SetAction(parsed => ExportRun.Run(new ExportRequest(
            parsed.GetValue(checkpoint)!, parsed.GetValue(model)!, parsed.GetValue(fold), parsed.GetValue(sparse), parsed.GetValue(batch))));
        return command;
    }
}
