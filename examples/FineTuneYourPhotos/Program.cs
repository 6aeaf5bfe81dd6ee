using System.Globalization;
using SparseKernels.Images;
using SparseKernels.Onnx;
using SparseKernels.Training;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Data;
using SparseKernels.Training.Models;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Pruning;

// FineTuneYourPhotos [OUTPUT.onnx [PHOTOS WEIGHTS [SIZE]]]: a folder for each class (photos/cats/*.jpg), and a pretrained network: an ONNX file, or a
// state dictionary of torchvision's that begins with its model's name (resnet18-….safetensors). Without them MadeUp.cs makes both on the spot.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var output = args.Length > 0 ? args[0] : "photos.onnx";
using var made = args.Length < 3 ? new MadeUp() : null;
var (photos, weights) = made is null ? (args[1], args[2]) : (made.Photos, made.Weights);
var size = made is not null ? MadeUp.Size : args.Length > 3 ? int.Parse(args[3]) : 224;

var pictures = new PictureFolderOptions { ImageSize = size, Augmentation = new PictureAugmentation { MinimumScale = 0.5f } };
var training = PictureFolder.Load(photos, DataSplit.Training, pictures); // A fifth of each class is kept for tests.
foreach (var broken in training.Broken) Console.WriteLine($"left out: {broken.Reason}");
using var trainer = new Trainer(new TrainerOptions
{
    TrainingData = training,
    TestData = PictureFolder.Load(photos, DataSplit.Test, pictures),
    Normalisation = PictureFolder.ImageNet,
    Model = Path.GetFileNameWithoutExtension(weights).Split('-')[0],
    NetworkFactory = Pretrained,
    Epochs = 20,
    Batch = Math.Min(16, training.Count / 4),
    LearningRate = 0.02f,
    WeightDecay = 1e-4f,
    Pruning = new PruningSettings { Validation = 0.2, StandardErrors = 1.5, MaximumSparsity = 0.9 }.ToOptions(), // While a held-out fifth stays as right as so few can tell.
});
trainer.Run(onEpoch: epoch => Console.WriteLine(
    $"epoch {epoch.Epoch}: {100 * epoch.TestAccuracy:F1} % of the test pictures right, {100 * epoch.Pruning!.Sparsity:F1} % of the weights pruned"));
OnnxExport.Save(trainer.Network, output, new OnnxExportOptions { FoldNormalisation = true, SparseInitialisers = true });
Console.WriteLine($"{output}: {new FileInfo(output).Length} bytes, for {string.Join(", ", training.ClassNames)}");

Network Pretrained(NetworkRequest wanted)
{
    var isOnnx = weights.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase);
    var import = new OnnxImportOptions { Name = wanted.Name, Input = wanted.Input, Classes = wanted.Classes, Batch = wanted.Batch, Schedule = wanted.Schedule };
    var network = isOnnx
        ? OnnxModel.Load(weights).ToNetwork(import)
        : ModelCatalogue.Create(wanted.Name, wanted.Input, wanted.Classes, wanted.Batch, wanted.Seed, schedule: wanted.Schedule);
    if (!isOnnx) Console.WriteLine(network.Load(weights, new WeightsLoading(NewHead: true)));

    // What the first quarter of the layers sees, edges and colours, is the same in all photographs: it stays, and costs no way back.
    var early = network.Parameters.Take(network.Parameters.Count / 4).ToHashSet();
    Console.WriteLine($"{network.Freeze(early.Contains)} of {network.Parameters.Count} parameters are frozen");
    return network;
}
