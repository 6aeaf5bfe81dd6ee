using System.CommandLine;
using SparseKernels.Bench.Learning;
using SparseKernels.Images;
using SparseKernels.Onnx;
using SparseKernels.Threading;
using SparseKernels.Training.Data;
using SparseKernels.Training.Networks;

namespace SparseKernels.Bench.Commands;

/// <summary>
/// <c>ratios finetune</c>: an ONNX model with a new head on CIFAR-10's images written as PNG files, ours pruned meanwhile, dense in TorchSharp.
/// </summary>
internal static class FineTuneCommand
{
    private const int DefaultBatch = 32;

    /// <summary>PyTorch's share of a batch in running statistics: with the 0.012 of ML.NET's file they would lag behind a run this short.</summary>
    private const float UsualMomentum = 0.1f;

    /// <summary>Makes the command.</summary>
    /// <param name="run">The options shared with its parent.</param>
    public static Command Create(RunOptions run)
    {
        var model = new Option<string>("--model-file") { Description = "The ONNX file.", HelpName = "file", Required = true };
        var folder = StepOptions.FolderOption();
        var epochs = Count("--epochs", "Epochs; 10 by default.", 10);
        var pictures = Count("--pictures", "Pictures to learn from; 2000 by default.", 2000);
        var tests = Count("--test-pictures", "Pictures to measure accuracy on; 1000 by default.", 1000);
        var size = Count("--size", "Height and width that pictures are resized to; 96 by default.", 96);
        var rate = new Option<double>("--lr")
        {
            Description = "The learning rate after the warm-up; 0.01 by default.",
            HelpName = "rate",
            DefaultValueFactory = _ => 0.01,
            CustomParser = result => RunOptions.Number(result, 1e-6, 10, whole: false),
        };
        var bgr = new Option<bool>("--bgr") { Description = "The model takes blue, green, red and intensities up to 255, as ML.NET's featurisers do." };
        var prune = new Option<string>("--prune") { Description = "How ours prunes: gated, gradual, one-shot or rigl; gated by default.", HelpName = "strategy", DefaultValueFactory = _ => "gated" };
        var sparsity = new Option<double?>("--sparsity")
        {
            Description = "The share of weights pruned at last; for gated, that at which it is over.",
            HelpName = "share",
            CustomParser = result => RunOptions.Number(result, 0, 0.999, whole: false),
        };
        var command = new Command("finetune", "Fine-tunes an ONNX model on CIFAR-10 as PNG files in ours, pruned meanwhile, and dense in TorchSharp (all processors by default).")
        {
            model, folder, epochs, pictures, tests, size, rate, bgr, prune, sparsity,
        };
        command.SetAction(result =>
        {
            var settings = run.Read(result, DefaultBatch, TimeSpan.Zero, ComputeTopology.Default.Threads);
            var pruning = RecipeCommand.Settings(result.GetValue(prune)!, result.GetValue(sparsity), file: null);
            var (file, images) = (OnnxModel.Load(result.GetValue(model)!), new CifarImages(result.GetValue(folder)));
            var recipe = new TrainingRecipe(PeakRate: (float)result.GetValue(rate));
            var temporary = Directory.CreateTempSubdirectory("sparsekernels-finetune").FullName;
            try
            {
                PngPictures.Write(images.Training, result.GetValue(pictures), Path.Combine(temporary, "train"));
                PngPictures.Write(images.Test, result.GetValue(tests), Path.Combine(temporary, "test"));
                var task = Task(file, temporary, result.GetValue(size), result.GetValue(bgr));
                new PrunedRecipeComparison(settings, task, result.GetValue(epochs), recipe, pruning).Run(result.InvocationConfiguration.Output);
            }
            finally
            {
                Directory.Delete(temporary, recursive: true);
            }
        });
        return command;
    }

    private static RecipeTask Task(OnnxModel model, string folder, int size, bool bgr)
    {
        // Nearly the whole of each picture: it is small already.
        var options = new PictureFolderOptions { ImageSize = size, Augmentation = new PictureAugmentation { MinimumScale = 0.5f }, Strict = true };
        return new RecipeTask(
            "onnx", PictureFolder.Load(folder, DataSplit.Training, options), PictureFolder.Load(folder, DataSplit.Test, options),
            PictureFolder.ImageNet, Augmentation.None, request => Make(model, request, bgr));
    }

    private static Network Make(OnnxModel model, NetworkRequest request, bool bgr)
    {
        var network = model.ToNetwork(new OnnxImportOptions
        {
            Name = request.Name,
            Input = request.Input,
            Classes = request.Classes,
            NormalisationMomentum = UsualMomentum,
            Batch = request.Batch,
            Seed = request.Seed,
            Topology = request.Topology,
            Schedule = request.Schedule,
            Calibration = request.Calibration,
        });
        if (bgr) TakeNormalisedRgb(network);
        return network;
    }

    /// <summary>
    /// Has a network of blue, green and red intensities up to 255, less their mean, take red, green and blue as <see cref="PictureFolder.ImageNet"/>
    /// leaves them, with the same results: the first convolution's weights change places and take up the factor.
    /// </summary>
    /// <remarks>
    /// The factor of about 58 must not stay in the images: it would be in the gradient too, on weights smaller by as much, and the first
    /// step would undo what the layer has learnt.
    /// </remarks>
    internal static void TakeNormalisedRgb(Network network)
    {
        var weight = network.Parameters[0];
        var taps = weight.Shape[2] * weight.Shape[3];
        var deviation = PictureFolder.ImageNet.Deviation;
        for (var filter = 0; filter < weight.Shape[0]; filter++)
        {
            var first = weight.Value.AsSpan(filter * 3 * taps, taps);
            var third = weight.Value.AsSpan(((filter * 3) + 2) * taps, taps);
            for (var i = 0; i < taps; i++) (first[i], third[i]) = (third[i], first[i]);
            for (var c = 0; c < 3; c++)
            {
                foreach (ref var value in weight.Value.AsSpan(((filter * 3) + c) * taps, taps)) value *= 255 * deviation[c];
            }
        }

        network.Touch();
    }

    private static Option<int> Count(string name, string description, int usual) => new(name)
    {
        Description = description,
        HelpName = "count",
        DefaultValueFactory = _ => usual,
        CustomParser = result => (int)RunOptions.Number(result, 1, 100_000, whole: true),
    };
}
