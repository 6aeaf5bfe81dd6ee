using System.Text.Json;
using System.Text.RegularExpressions;
using SparseKernels.Cli.Tests.Support;
using SparseKernels.Images;
using SparseKernels.Images.Tests.Support;
using SparseKernels.TestSupport;
using SparseKernels.Training;
using SparseKernels.Training.Checkpoints;
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
    public void Predict_OnnxFileOfARun_SameAsTheRun()
    {
        using var folder = Trained();
        CommandRun.Complete(folder.Path, "export", "run", "m.onnx").Dispose();
        File.WriteAllText(folder.File("names.txt"), "cats\r\ndogs\nowls\n\n");
        using var expected = CommandRun.Complete(folder.Path, "predict", "run", "photos/dogs/0.jpg", "--json");
        using var named = CommandRun.Complete(folder.Path, "predict", "m.onnx", "photos/dogs/0.jpg", "--json", "--classes", "names.txt");
        using var bare = CommandRun.Complete(folder.Path, "predict", "m.onnx", "photos/dogs/0.jpg", "--json");
        using var other = CommandRun.Complete(folder.Path, "predict", "m.onnx", "photos/dogs/0.jpg", "--json", "--normalisation", "none");
        using var same = CommandRun.Complete(
            folder.Path, "predict", "m.onnx", "photos/dogs/0.jpg", "--json", "--normalisation", "mean 0.485 0.456 0.406, deviation 0.229 0.224 0.225");
        Assert.All([expected, named, bare, other, same], run => Assert.Equal((0, ""), (run.ExitCode, run.Errors)));
        Assert.Equal(expected.Output.Split('\n').Length, named.Output.Split('\n').Length);
        foreach (var (one, two) in Probabilities(expected).Zip(Probabilities(named))) Assert.Equal(one, two, 1e-4);
        Assert.Equal(Names(expected), Names(named));
        Assert.Equal(Names(expected).Select(name => Array.IndexOf(s_classes, name).ToString()), Names(bare));
        Assert.Equal(bare.Output, same.Output);
        Assert.NotEqual(Probabilities(bare), Probabilities(other));
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
