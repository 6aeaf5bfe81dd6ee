using System.Text.Json;
using System.Text.RegularExpressions;
using SparseKernels.Cli.Tests.Support;
using SparseKernels.TestSupport;
using SparseKernels.Training.Models;
using SparseKernels.Training.Tensors;
using Xunit;

namespace SparseKernels.Cli.Tests.Benchmark;

public class BenchmarkTests
{
    private static readonly string[] s_short = ["--seconds", "0.05", "--threads", "2"];

    [Fact]
    public void Benchmark_FreshModel_TimesItAsItIsAndMasked()
    {
        using var folder = new TemporaryFolder();
        using var run = CommandRun.Complete(folder.Path, ["benchmark", "resnet20", "--mask", "0.75", "--batch", "1,5", .. s_short]);
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.StartsWith(
            "resnet20 with fresh weights: images of [3, 32, 32], 10 classes, 0.27 million weights, 40.8 million multiply-adds an image\n", run.Output);
        Assert.Matches(@"(?m)^2 threads, \w+, predictions: ", run.Output);
        foreach (var batch in new[] { 1, 5 })
        {
            const string Layout = "(channel-blocked|planar|batch-blocked)";
            Assert.Matches($@"(?m)^  as they are +0\.0 % +{batch} +\d+\.\d+ +\d+(\.\d)? +{Layout} +$", run.Output);
            Assert.Matches(
                $@"(?m)^  smallest made zero +74\.\d % +{batch} +\d+\.\d+ +\d+(\.\d)? +\d+\.\d\d × +{Layout} +\d\.\de-\d+ of \S+ +$", run.Output);
        }

        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Benchmark_Json_HasTheSameAsNumbers()
    {
        using var folder = new TemporaryFolder();
        using var run = CommandRun.Complete(folder.Path, ["benchmark", "lenet", "--json", "--batch", "3", .. s_short]);
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        var report = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(("lenet with fresh weights", 10, 2), (Text(report, "model"), Whole(report, "classes"), Whole(report, "threads")));
        Assert.Equal([1, 28, 28], report.GetProperty("input").EnumerateArray().Select(size => size.GetInt32()));
        var rows = report.GetProperty("rows").EnumerateArray().ToArray();
        Assert.Equal(["as they are", "smallest made zero"], rows.Select(row => Text(row, "form")));
        Assert.All(rows, row => Assert.Equal(3, Whole(row, "batch")));
        Assert.All(rows, row => Assert.Equal(1e3, Number(row, "millisecondsPerImage") * Number(row, "imagesPerSecond"), 1e-6));
        Assert.Equal(0, Number(rows[0], "zeros"));
        Assert.InRange(Number(rows[1], "zeros"), 0.85, 0.9);
        Assert.InRange(Number(rows[1], "largestDifference"), 0, 1e-5 * Number(rows[1], "logitsRange"));
        Assert.True(Number(rows[1], "speedUp") > 0 && Whole(rows[1], "rounds") >= 5);
        Assert.Equal(JsonValueKind.Null, rows[0].GetProperty("speedUp").ValueKind);
    }

    [Fact]
    public void Benchmark_PrunedRunAndItsOnnxFile_AreMeasuredAsTheyAre()
    {
        using var folder = SmallRun.Pruned();
        CommandRun.Complete(folder.Path, "export", "run", "m.onnx").Dispose();
        foreach (var (model, title) in new[] { ("run", @"resnet20 of run\.safetensors after 2 epochs"), ("m.onnx", @"m\.onnx \(opset 17\)") })
        {
            using var run = CommandRun.Complete(folder.Path, ["benchmark", model, "--batch", "2", .. s_short]);
            Assert.Equal((0, ""), (run.ExitCode, run.Errors));
            Assert.Matches($@"^{title}: images of \[3, 32, 32\], 10 classes", run.Output);
            Assert.Single(Regex.Matches(run.Output, @"(?m)^  as they are, dense kernels +(8\d|9\d)\.\d % +2 .* channel-blocked +$"));
            Assert.Single(Regex.Matches(run.Output, @"(?m)^  as they are +(8\d|9\d)\.\d % +2 .* × .* of "));
        }
    }

    [Fact]
    public void Benchmark_ImageSize_IsTheNetworks()
    {
        using var folder = new TemporaryFolder();
        using (var network = ModelCatalogue.Create("resnet20", new FeatureShape(3, 32, 32), 7, batch: 1)) Onnx.OnnxExport.Save(network, folder.File("m.onnx"));
        using var run = CommandRun.Complete(folder.Path, ["benchmark", "m.onnx", "--image-size", "20", "--batch", "1", .. s_short]);
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Contains("images of [3, 20, 20], 7 classes", run.Output);
    }

    [Fact]
    public void Benchmark_BadInput_OneLineAndNothingWritten()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("text.onnx"), "no model");
        Refuses(2, "Required argument 'model' missing");
        Refuses(1, "There is no checkpoint 'none.state.safetensors'. Expected a checkpoint, an .onnx file, or one of vgg-small", "none");
        Refuses(1, "text.onnx is no ONNX model, or is cut off", "text.onnx");
        Refuses(1, "none.onnx'", "none.onnx");
        Refuses(1, "--image-size is for ONNX files and the library's models", "none", "--image-size", "8");
        Refuses(1, "input of vgg-small must be 8x8 or", "vgg-small", "--image-size", "1");
        Refuses(2, "--mask must be a number over 0 and up to 0.999, got 1", "lenet", "--mask", "1");
        Refuses(2, "--batch must be whole numbers from 1 to 4096 apart by commas, got 1,0", "lenet", "--batch", "1,0");
        Refuses(2, "--seconds must be a number over 0", "lenet", "--seconds", "0");
        Refuses(2, "--threads must be a whole number", "lenet", "--threads", "none");

        void Refuses(int code, string expected, params string[] arguments) => SmallRun.ExpectRefusal(folder, code, expected, ["benchmark", .. arguments]);
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static int Whole(JsonElement element, string name) => element.GetProperty(name).GetInt32();

    private static double Number(JsonElement element, string name) => element.GetProperty(name).GetDouble();
}
