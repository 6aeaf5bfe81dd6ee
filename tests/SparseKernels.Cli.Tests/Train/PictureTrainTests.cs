using System.Text.RegularExpressions;
using SparseKernels.Cli.Tests.Support;
using SparseKernels.Images.Tests.Support;
using SparseKernels.TestSupport;
using SparseKernels.Training.Checkpoints;
using Xunit;

namespace SparseKernels.Cli.Tests.Train;

public class PictureTrainTests
{
    private static readonly string[] s_train =
        ["train", "--data", "photos", "--image-size", "24", "--model", "lenet", "--batch", "8", "--prune", "none", "--threads", "2"];

    [Fact]
    public void TrainAndEvaluate_FolderOfPictures_BrokenOnesNamedAndClassNamesKept()
    {
        using var folder = new TemporaryFolder();
        Photographs.Write(folder.File("photos"), 10, "cats", "dogs");
        foreach (var name in new[] { "x.jpg", "y.jpg", "z.png" }) File.WriteAllText(folder.File($"photos/cats/{name}"), "no picture");

        using var run = CommandRun.Complete(folder.Path, [.. s_train, "--epochs", "2"]);

        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Matches(@"lenet on photos: \d+ training and \d+ test images of \[3, 24, 24\], 2 classes", run.Output);
        Assert.Equal(3, Regex.Matches(run.Output, "(?m)^  '.*' is no picture: expected JPEG").Count);
        Assert.Matches(@"(?m)^\d of \d+ pictures can't be read and are left out", run.Output);
        Assert.Equal(2, Regex.Matches(run.Output, @"(?m)^epoch .* % of training waiting for data").Count);
        var path = folder.File("runs/lenet-photos.safetensors");
        Assert.Equal(["cats", "dogs"], WeightsFile.Read(path).ClassNames);
        Assert.Equal("24", Checkpoint.Load(path).Settings["images.size"]);

        using var evaluation = CommandRun.Complete(folder.Path, "evaluate", "runs");
        Assert.Equal((0, ""), (evaluation.ExitCode, evaluation.Errors));
        var last = Regex.Match(run.Output, @"epoch +2/2 .*test accuracy +(\d+\.\d) %").Groups[1].Value;
        Assert.Equal(last, Regex.Match(evaluation.Output, @"Test accuracy (\d+\.\d) %").Groups[1].Value);

        Photographs.Write(folder.File("others"), 4, "cats", "owls");
        using var others = CommandRun.Complete(folder.Path, "evaluate", "runs", "--data", "others");
        Assert.Equal(1, others.ExitCode);
        Assert.Matches("knows the classes cats, dogs, pictures in .*others has cats, owls", others.Errors);
    }

    [Fact]
    public void Train_StoppedAndPicturesMoved_SameBitsAsNeverStopped()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals to send to a process without a console");
        using var folder = new TemporaryFolder();
        Photographs.Write(folder.File("photos"), 10, "cats", "dogs");
        string[] longer = [.. s_train, "--epochs", "60"];
        using var whole = CommandRun.Complete(folder.Path, [.. longer, "--out", "whole"]);
        Assert.Equal((0, ""), (whole.ExitCode, whole.Errors));

        using (var first = CommandRun.Start(folder.Path, [.. longer, "--out", "parts"]))
        {
            Assert.True(SpinWait.SpinUntil(() => first.HasExited || first.Output.Contains("epoch   1/60", StringComparison.Ordinal), TimeSpan.FromMinutes(2)));
            Assert.SkipWhen(Signal.IsIgnored(first.Id, Signal.Terminate), "the command ignores the signal");
            Signal.Send(first.Id, Signal.Terminate);
            first.WaitForExit();
            Assert.Equal(130, first.ExitCode);
        }

        Directory.Move(folder.File("photos"), folder.File("moved"));
        using var lost = CommandRun.Complete(folder.Path, "train", "--resume", "parts");
        Assert.Equal(1, lost.ExitCode);
        Assert.Contains("there is no folder of pictures", lost.Errors);
        using var other = CommandRun.Complete(folder.Path, "train", "--resume", "parts", "--data", "moved", "--image-size", "32");
        Assert.Contains("--image-size 32 differs from the 24", other.Errors);
        using var rest = CommandRun.Complete(folder.Path, "train", "--resume", "parts", "--data", "moved");
        Assert.Equal((0, ""), (rest.ExitCode, rest.Errors));
        Assert.Equal(File.ReadAllBytes(folder.File("whole.safetensors")), File.ReadAllBytes(folder.File("parts.safetensors")));
    }

    [Fact]
    public void Train_WhatCannotBeUsed_OneLineAndNothingWritten()
    {
        using var folder = new TemporaryFolder();
        Photographs.Write(folder.File("photos"), 4, "cats", "dogs");
        Photographs.Write(folder.File("single"), 4, "cats");
        Directory.CreateDirectory(folder.File("empty"));
        File.WriteAllBytes(folder.File("photos/dogs/zero.jpg"), []);
        File.WriteAllBytes(folder.File("photos/dogs/zeros.jpg"), []);
        var before = Directory.GetFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories).Order().ToArray();
        Fails(1, "'empty' has no folders: expected one for each class", "--data", "empty");
        Fails(1, "'single' has the single class 'cats'", "--data", "single");
        Fails(1, "zero.jpg' is empty", "--data", "photos", "--strict", "--batch", "2");
        Fails(1, "--image-size is for a folder of pictures, got --data mnist", "--data", "mnist", "--image-size", "32");
        Fails(1, "--strict is for a folder of pictures, got --data synthetic", "--strict");
        Fails(1, "--cache-memory is for a folder of pictures, got --data synthetic", "--cache-memory", "10");
        Fails(2, "--image-size must be a whole number from 1 to 4096, got 5000", "--data", "photos", "--image-size", "5000");
        Fails(2, "--cache-memory must be a whole number from 0", "--data", "photos", "--cache-memory", "-1");
        Assert.Equal(before, Directory.GetFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories).Order());

        void Fails(int code, string because, params string[] arguments)
        {
            using var run = CommandRun.Complete(folder.Path, ["train", "--model", "lenet", .. arguments]);
            Assert.Equal((code, ""), (run.ExitCode, run.Output));
            Assert.Contains(because, run.Errors);
            Assert.Single(run.Errors.Trim().Split('\n'));
        }
    }
}
