using System.Text.Json;
using System.Text.RegularExpressions;
using SparseKernels.Cli.Tests.Support;
using SparseKernels.Images;
using SparseKernels.Images.Tests.Support;
using SparseKernels.Onnx;
using SparseKernels.TestSupport;
using SparseKernels.Training;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Data;
using SparseKernels.Training.Models;
using SparseKernels.Training.Tensors;
using Xunit;

namespace SparseKernels.Cli.Tests.Predict;

public class PredictTests
{
    private static readonly string[] s_classes = ["cats", "dogs", "owls"];

    [Fact]
    public void Predict_PicturesOfARun_ClassesAsThePredictorGivesThem()
    {
        using var folder = Trained();
        string[] files = [.. Directory.GetFiles(folder.File("photos"), "*", SearchOption.AllDirectories).Order().Select(path => Path.GetRelativePath(folder.Path, path))];
        using var run = CommandRun.Complete(folder.Path, ["predict", "run", .. files, "--json", "--top", "2", "--threads", "2"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));

        // More pictures than are decoded at once.
        Assert.True(files.Length > 16);
        using var predictor = Predictor.Load(folder.File("run.safetensors"));
        var reader = PictureReader.Of(Checkpoint.Load(folder.File("run.safetensors")));
        var (image, probabilities) = (new float[reader.Length], new float[predictor.Classes]);
        foreach (var (file, picture) in files.Zip(JsonDocument.Parse(run.Output).RootElement.EnumerateArray()))
        {
            reader.Read(folder.File(file), image);
            predictor.PredictProbabilities(image, probabilities);
            Assert.Equal(file, picture.GetProperty("file").GetString());
            var classes = picture.GetProperty("classes").EnumerateArray().ToArray();
            int[] expected = [.. Enumerable.Range(0, 3).OrderByDescending(label => probabilities[label]).Take(2)];
            Assert.Equal(expected, classes.Select(one => one.GetProperty("label").GetInt32()));
            Assert.Equal(expected.Select(label => s_classes[label]), classes.Select(one => one.GetProperty("class").GetString()));
            foreach (var (label, one) in expected.Zip(classes)) Assert.Equal(probabilities[label], one.GetProperty("probability").GetSingle(), 1e-4);
        }

        Assert.Equal(files.Length, JsonDocument.Parse(run.Output).RootElement.GetArrayLength());
    }

    [Fact]
    public void Predict_FilesThatAreNoPictures_AreNamedAndTheOthersPredicted()
    {
        using var folder = Trained();
        File.WriteAllText(folder.File("text.jpg"), "no picture");
        File.WriteAllBytes(folder.File("short.png"), File.ReadAllBytes(folder.File("photos/owls/1.png"))[..^40]);
        folder.Write("empty.jpg");
        using var run = CommandRun.Complete(
            folder.Path, "predict", "run", "text.jpg", "photos/dogs/0.jpg", "none.jpg", "short.png", "photos", "photos/owls/1.png", "empty.jpg");
        Assert.Equal(1, run.ExitCode);
        var errors = run.Errors.Trim().Split('\n');
        Assert.Equal(5, errors.Length);
        Assert.Equal("sparsekernels: 'text.jpg' is no picture: expected JPEG, PNG, BMP, GIF or WebP.", errors[0]);
        Assert.Contains("none.jpg'", errors[1]);
        Assert.StartsWith("sparsekernels: 'short.png' ", errors[2]);
        Assert.Equal("sparsekernels: 'photos' is a folder: expected a picture.", errors[3]);
        Assert.Equal("sparsekernels: 'empty.jpg' is empty.", errors[4]);

        Assert.Matches(@"(?m)^  file +rank +class +probability", run.Output);
        foreach (var file in new[] { "photos/dogs/0.jpg", "photos/owls/1.png" })
            Assert.Matches($@"(?m)^  {Regex.Escape(file)} +1 +(cats|dogs|owls) +\d+\.\d\d % +\n +2 +(cats|dogs|owls) .*\n +3 +(cats|dogs|owls) ", run.Output);
        using var alone = CommandRun.Complete(folder.Path, "predict", "run", "photos/owls/1.png");
        Assert.Equal(0, alone.ExitCode);
        Assert.Equal(Rows(alone, "photos/owls/1.png"), Rows(run, "photos/owls/1.png"));

        using var none = CommandRun.Complete(folder.Path, "predict", "run", "text.jpg", "--json");
        Assert.Equal((1, "[]"), (none.ExitCode, none.Output.Trim()));
    }

    [Fact]
    public void Predict_OnnxFileOfARunWithNormalisationOfItsOwn_SameAsTheRun()
    {
        using var folder = SmallRun.Pruned();
        Photographs.Write(folder.File("photos"), 1, s_classes);
        CommandRun.Complete(folder.Path, "export", "run", "m.onnx", "--fold").Dispose();
        using var expected = Json(folder, "run", "--top", "10");
        using var actual = Json(folder, "m.onnx", "--top", "10");
        using var other = Json(folder, "m.onnx", "--top", "10", "--normalisation", "imagenet");
        Assert.Equal(Probabilities(expected), Probabilities(actual), Near);
        Assert.NotEqual(Probabilities(actual), Probabilities(other), Near);
    }

    [Fact]
    public void Predict_OnnxFileOfARun_SameAsTheRun()
    {
        using var folder = Trained();
        CommandRun.Complete(folder.Path, "export", "run", "m.onnx").Dispose();
        using var expected = Json(folder, "run");
        using var actual = Json(folder, "m.onnx");
        using var same = Json(folder, "m.onnx", "--normalisation", "mean 0.485 0.456 0.406, deviation 0.229 0.224 0.225");
        using var other = Json(folder, "m.onnx", "--normalisation", "none");
        Assert.Equal(Names(expected), Names(actual));
        Assert.Equal(Probabilities(expected), Probabilities(actual), Near);
        Assert.Equal(actual.Output, same.Output);
        Assert.NotEqual(Probabilities(actual), Probabilities(other));
    }

    [Fact]
    public void Predict_OnnxFileOfOthers_TakesSizeNormalisationAndNamesFromOptions()
    {
        using var folder = new TemporaryFolder();
        Photographs.Write(folder.File("photos"), 1, s_classes);
        var shape = new FeatureShape(3, 16, 16);
        using var network = ModelCatalogue.Create("resnet20", shape, 3, batch: 1);
        OnnxExport.Save(network, folder.File("m.onnx"));
        File.WriteAllText(folder.File("names.txt"), "cats\r\ndogs\nowls\n\n");
        using var bare = Json(folder, "m.onnx");
        using var named = Json(folder, "m.onnx", "--classes", "names.txt");
        using var larger = Json(folder, "m.onnx", "--image-size", "24", "--normalisation", "none");
        Assert.Equal(["0", "1", "2"], Names(bare).Order());
        Assert.Equal(Names(bare).Select(label => s_classes[int.Parse(label!)]), Names(named));
        Assert.Equal(Expected(16, PictureFolder.ImageNet), Probabilities(bare), Near);
        Assert.Equal(Expected(24, new Normalisation([0, 0, 0], [1, 1, 1])), Probabilities(larger), Near);

        float[] Expected(int size, Normalisation normalisation)
        {
            using var predictor = OnnxModel.Load(folder.File("m.onnx")).ToPredictor(new OnnxImportOptions { Input = shape with { Height = size, Width = size } });
            var reader = new PictureReader(size, normalisation);
            var (image, probabilities) = (new float[reader.Length], new float[3]);
            reader.Read(folder.File("photos/dogs/0.jpg"), image);
            predictor.PredictProbabilities(image, probabilities);
            return [.. probabilities.OrderDescending()];
        }
    }

    [Fact]
    public void Predict_OnnxFileWithOtherNotes_IsRefused()
    {
        using var folder = new TemporaryFolder();
        Photographs.Write(folder.File("photos"), 1, s_classes);
        using var grey = ModelCatalogue.Create("lenet", new FeatureShape(1, 28, 28), 10, batch: 1);
        using var colour = ModelCatalogue.Create("resnet20", new FeatureShape(3, 16, 16), 3, batch: 1);
        OnnxExport.Save(grey, folder.File("grey.onnx"));
        Save("few.onnx", "sparsekernels.class-names", "[\"cats\"]");
        Save("names.onnx", "sparsekernels.class-names", "cats");
        Save("constants.onnx", "sparsekernels.normalisation", "mean 1");
        Refuses("grey.onnx takes images of [1, 28, 28]: expected [3, S, S]", "grey.onnx");
        Refuses("few.onnx names 1 classes, but tells 3 apart", "few.onnx");
        Refuses("names.onnx: expected a JSON array of texts for class-names, got cats", "names.onnx");
        Refuses("constants.onnx: its metadata 'sparsekernels.normalisation': text must be of the form", "constants.onnx");

        void Save(string file, string key, string value) =>
            OnnxExport.Save(colour, folder.File(file), new OnnxExportOptions { Metadata = new Dictionary<string, string> { [key] = value } });

        void Refuses(string expected, string file) => SmallRun.ExpectRefusal(folder, 1, expected, "predict", file, "photos/dogs/0.jpg");
    }

    [Fact]
    public void Predict_BadInput_OneLineAndNothingWritten()
    {
        using var folder = Trained();
        CommandRun.Complete(folder.Path, "export", "run", "m.onnx").Dispose();
        File.WriteAllText(folder.File("two.txt"), "cats\ndogs\n");
        File.WriteAllText(folder.File("gap.txt"), "cats\n\nowls\n");
        const string Picture = "photos/dogs/0.jpg";
        Refuses(2, "Required argument 'model' missing");
        Refuses(2, "Required argument 'pictures' missing", "run");
        Refuses(2, "--top must be a whole number from 1", "run", Picture, "--top", "0");
        Refuses(1, "There is no checkpoint 'none.state.safetensors'", "none", Picture);
        Refuses(1, "none.onnx'", "none.onnx", Picture);
        Refuses(1, "--image-size is for ONNX files; a checkpoint knows its run's", "run", Picture, "--image-size", "24");
        Refuses(1, "--normalisation is for ONNX files; a checkpoint knows its run's", "run", Picture, "--normalisation", "none");
        Refuses(1, "--normalisation must be imagenet, none, or constants", "m.onnx", Picture, "--normalisation", "cifar");
        Refuses(1, "--classes 'two.txt' must have a line for each of the 3 classes, got 2", "m.onnx", Picture, "--classes", "two.txt");
        Refuses(1, "--classes 'gap.txt' must have a name on every line, got none on line 2", "run", Picture, "--classes", "gap.txt");
        Refuses(1, "none.txt'", "run", Picture, "--classes", "none.txt");

        void Refuses(int code, string expected, params string[] arguments) => SmallRun.ExpectRefusal(folder, code, expected, ["predict", .. arguments]);
    }

    private static TemporaryFolder Trained()
    {
        var folder = new TemporaryFolder();
        Photographs.Write(folder.File("photos"), 8, s_classes);
        SmallRun.Train(folder, "--data", "photos", "--image-size", "24", "--model", "lenet", "--prune", "none");
        return folder;
    }

    private static CommandRun Json(TemporaryFolder folder, string model, params string[] options)
    {
        var run = CommandRun.Complete(folder.Path, ["predict", model, "photos/dogs/0.jpg", "--json", .. options]);
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        return run;
    }

    private static bool Near(float one, float two) => Math.Abs(one - two) < 1e-5;

    private static string[] Rows(CommandRun run, string file)
    {
        string[] lines = [.. run.Output.Split('\n').Select(line => Regex.Replace(line.Trim(), " +", " "))];
        var start = Array.FindIndex(lines, line => line.StartsWith(file, StringComparison.Ordinal));
        return lines[start..(start + 3)];
    }

    private static JsonElement.ArrayEnumerator Classes(CommandRun run) => JsonDocument.Parse(run.Output).RootElement[0].GetProperty("classes").EnumerateArray();

    private static string?[] Names(CommandRun run) => [.. Classes(run).Select(one => one.GetProperty("class").GetString())];

    private static float[] Probabilities(CommandRun run) => [.. Classes(run).Select(one => one.GetProperty("probability").GetSingle())];
}
