using System.Text.RegularExpressions;
using SparseKernels.Cli.Tests.Support;
using SparseKernels.Onnx;
using SparseKernels.TestSupport;
using SparseKernels.Training;
using Xunit;

namespace SparseKernels.Cli.Tests.Export;

public class ExportTests
{
    [Fact]
    public void Export_EachForm_IsReadAsTheNetworkOfTheRun()
    {
        using var folder = SmallRun.Pruned();
        Export(folder, "plain.onnx");
        Export(folder, "folded.onnx", "--fold");
        Export(folder, "small.onnx", "--fold", "--sparse-initialisers", "--batch", "4");

        using var expected = Predictor.Load(folder.File("run.safetensors"));
        var logits = Logits(expected);
        foreach (var (file, folded, batch) in new[] { ("plain.onnx", false, (int?)null), ("folded.onnx", true, null), ("small.onnx", true, 4) })
        {
            var model = OnnxModel.Load(folder.File(file));
            Assert.Equal((folded, batch), (!model.Operators.ContainsKey("BatchNormalization"), model.Inputs[0].Shape![0].Size));
            using var predictor = model.ToPredictor();
            var actual = Logits(predictor);
            for (var i = 0; i < logits.Length; i++) Assert.Equal(logits[i], actual[i], 1e-5 * (logits.Max() - logits.Min()));
        }

        Assert.True(new FileInfo(folder.File("small.onnx")).Length < new FileInfo(folder.File("folded.onnx")).Length / 2);
    }

    [Fact]
    public void Export_OfARun_SaysWhatWasWritten()
    {
        using var folder = SmallRun.Pruned();
        folder.Write("m.onnx", 1, 2, 3);
        using var run = CommandRun.Complete(folder.Path, "export", "run", "m.onnx");
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        var zeros = Regex.Match(run.Output, @"^resnet20 of run\.safetensors after 2 epochs, 0\.27 million weights, (\d+\.\d) % of them zero\n").Groups[1].Value;
        Assert.InRange(double.Parse(zeros), 85, 92);
        Assert.Matches(@"\n'm\.onnx': opset 17, input FLOAT \[batch, 3, 32, 32\] to output FLOAT \[batch, 10\], \d\.\d\d MB\n$", run.Output);
    }

    [Fact]
    public void Export_BadInput_OneLineAndNothingWritten()
    {
        using var folder = SmallRun.Pruned();
        folder.Write("old.onnx", 1, 2, 3);
        Refuses(2, "Required argument 'checkpoint' missing");
        Refuses(2, "Required argument 'model.onnx' missing", "run");
        Refuses(2, "--batch must be a whole number from 1", "run", "old.onnx", "--batch", "0");
        Refuses(1, "There is no checkpoint 'none.state.safetensors'", "none", "old.onnx");
        Refuses(1, "the file to write must end in .onnx, got 'run.safetensors'", "run", "run.safetensors");
        Refuses(1, "there is no folder", "run", "missing/m.onnx");
        Directory.CreateDirectory(folder.File("folder.onnx"));
        Refuses(1, "folder.onnx' is a folder", "run", "folder.onnx");
        File.Move(folder.File("run.state.safetensors"), folder.File("state"));
        Refuses(1, "'run.safetensors' has no state file beside it that says what it is", "run", "old.onnx");
        File.WriteAllBytes(folder.File("run.state.safetensors"), File.ReadAllBytes(folder.File("state"))[..5000]);
        Refuses(1, "run.state.safetensors' is not a whole safetensors file", "run", "old.onnx");

        void Refuses(int code, string expected, params string[] arguments) => SmallRun.ExpectRefusal(folder, code, expected, ["export", .. arguments]);
    }

    private static void Export(TemporaryFolder folder, string file, params string[] options)
    {
        using var run = CommandRun.Complete(folder.Path, ["export", "run", file, .. options]);
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
    }

    private static float[] Logits(Predictor predictor)
    {
        var random = new Random(1);
        var (images, logits) = (new float[3 * predictor.Input.Length], new float[3 * predictor.Classes]);
        foreach (ref var value in images.AsSpan()) value = random.NextSingle() - 0.5f;
        predictor.Predict(images, logits);
        return logits;
    }
}
