using System.CommandLine;
using SparseKernels.Cli.Options;

namespace SparseKernels.Cli.Predict;

/// <summary><c>sparsekernels predict</c>: its options.</summary>
internal static class PredictCommand
{
    private const int DefaultTop = 5;

    public static Command Create()
    {
        var model = new Argument<string>("model") { Description = "The checkpoint of a run (a file, or a folder for the latest in it), or an .onnx file." };
        var pictures = new Argument<string[]>("pictures")
        {
            Description = "JPEG, PNG, BMP, GIF or WebP files.",
            Arity = ArgumentArity.OneOrMore,
        };
        var top = CommandOptions.AtLeastOne("--top", $"Classes to show for each picture, the likeliest (default {DefaultTop}).");
        var classes = new Option<string?>("--classes")
        {
            HelpName = "file",
            Description =
                "A text file with the name of each class on a line of its own (default: the names in the checkpoint, or in what export wrote, else numbers from 0).",
        };
        var size = CommandOptions.ImageSize("where an ONNX file leaves it open, or for another than the file's own; a checkpoint knows its run's");
        var normalisation = new Option<string?>("--normalisation")
        {
            HelpName = "text",
            Description =
                "What an ONNX file expects of intensities 0 to 1: imagenet, none, or constants of red, green and blue as "
                + "\"mean 0.5 0.5 0.5, deviation 0.5 0.5 0.5\" (default: what export wrote, else imagenet); a checkpoint knows its run's.",
        };
        var threads = CommandOptions.Threads();
        var json = CommandOptions.Json();
        var command = new Command(
            "predict",
            "Tell what is on pictures: the likeliest classes with their probabilities. Pictures that can't be read are named, and the exit code is 1.")
        {
            model, pictures, top, classes, size, normalisation, threads, json,
        };
        command.SetAction(parsed => PredictRun.Run(new PredictRequest
        {
            Model = parsed.GetValue(model)!,
            Pictures = parsed.GetValue(pictures)!,
            Top = parsed.GetValue(top) ?? DefaultTop,
            Classes = parsed.GetValue(classes),
            ImageSize = parsed.GetValue(size),
            Normalisation = parsed.GetValue(normalisation),
            Threads = parsed.GetValue(threads),
            Json = parsed.GetValue(json),
        }));
        return command;
    }
}
