using SparseKernels.Images.Folders;
using SparseKernels.TestSupport;
using SparseKernels.Training.Data;
using Xunit;

namespace SparseKernels.Images.Tests.Folders;

public class ClassFoldersTests
{
    [Fact]
    public void Find_NoSplitOfItsOwn_EveryPictureInOnePartAndAShareOfEachClassHeldOut()
    {
        using var folder = Tree([.. Enumerable.Range(0, 10).Select(i => $"Zebra/{i}.jpg"), .. Enumerable.Range(0, 25).Select(i => $"ape/deep/er/{i}.PNG")]);
        var (classes, training) = ClassFolders.Find(folder.Path, DataSplit.Training, 0.2, 1);
        var (_, test) = ClassFolders.Find(folder.Path, DataSplit.Test, 0.2, 1);
        Assert.Equal(["Zebra", "ape"], classes);
        Assert.Equal((8, 20), (training.Count(file => file.Label == 0), training.Count(file => file.Label == 1)));
        Assert.Equal((2, 5), (test.Count(file => file.Label == 0), test.Count(file => file.Label == 1)));
        Assert.Equal(35, training.Concat(test).Select(file => file.Path).Distinct().Count());
        Assert.Equal(training.OrderBy(file => file.Label).ThenBy(file => file.Name, StringComparer.Ordinal), training);
        Assert.Equal(test, ClassFolders.Find(folder.Path, DataSplit.Test, 0.2, 1).Files);
        Assert.NotEqual(test, ClassFolders.Find(folder.Path, DataSplit.Test, 0.2, 2).Files);
    }

    [Fact]
    public void Find_APictureMore_ChangesTheSplitByOneAtMost()
    {
        using var folder = Tree([.. Enumerable.Range(0, 40).SelectMany(i => new[] { $"a/{i}.jpg", $"b/{i}.jpg" })]);
        var before = ClassFolders.Find(folder.Path, DataSplit.Test, 0.25, 1).Files;
        File.WriteAllBytes(Path.Combine(folder.Path, "a", "new.jpg"), [1]);
        var after = ClassFolders.Find(folder.Path, DataSplit.Test, 0.25, 1).Files;
        Assert.True(before.Except(after).Count() <= 1 && after.Except(before).Count() <= 1);
    }

    [Theory]
    [InlineData("test")]
    [InlineData("val")]
    public void Find_SplitOfItsOwn_IsTaken(string name)
    {
        using var folder = Tree("train/a/1.jpg", "train/b/2.jpg", "train/c/3.jpg", $"{name}/a/4.jpg", $"{name}/c/5.webp", ".hidden/x/6.jpg");
        var (classes, training) = ClassFolders.Find(folder.Path, DataSplit.Training, 0.5, 1);
        Assert.Equal(["a", "b", "c"], classes);
        Assert.Equal([("1.jpg", 0), ("2.jpg", 1), ("3.jpg", 2)], training.Select(file => (file.Name, file.Label)));
        Assert.Equal([("4.jpg", 0), ("5.webp", 2)], ClassFolders.Find(folder.Path, DataSplit.Test, 0.5, 1).Files.Select(file => (file.Name, file.Label)));
    }

    [Fact]
    public void Find_TestAndVal_TestIsForTests()
    {
        using var folder = Tree("train/a/1.jpg", "train/b/2.jpg", "val/a/3.jpg", "test/a/4.jpg");
        Assert.Equal("4.jpg", Assert.Single(ClassFolders.Find(folder.Path, DataSplit.Test, 0.5, 1).Files).Name);
    }

    [Fact]
    public void Find_TrainAlone_IsSplit()
    {
        using var folder = Tree("train/a/1.jpg", "train/a/2.jpg", "train/b/3.gif", "train/b/4.bmp");
        Assert.Equal(2, ClassFolders.Find(folder.Path, DataSplit.Training, 0.5, 1).Files.Length);
        Assert.Equal(["a", "b"], ClassFolders.Find(folder.Path, DataSplit.Test, 0.5, 1).Classes);
    }

    [Fact]
    public void Find_AClassCalledTrain_IsAClass()
    {
        using var folder = Tree("train/1.jpg", "train/2.jpg", "plane/3.jpg", "plane/4.jpg");
        Assert.Equal(["plane", "train"], ClassFolders.Find(folder.Path, DataSplit.Training, 0.5, 1).Classes);
    }

    [Theory]
    [InlineData("has no folders: expected one for each class")]
    [InlineData("has no folders: expected one for each class", "1.jpg", "2.jpg")]
    [InlineData("has the single class 'cats': expected folders of two or more", "cats/1.jpg", "cats/2.jpg")]
    [InlineData("cats' has no pictures: expected .jpg, .jpeg, .png, .bmp, .gif, .webp", "cats/notes.txt", "dogs/2.jpg", "dogs/1.jpg")]
    [InlineData("1.jpg' is the only picture of 'cats': expected 2 or more", "cats/1.jpg", "dogs/2.jpg", "dogs/1.jpg")]
    [InlineData("cows' is of a class that", "train/cats/1.jpg", "train/dogs/1.jpg", "test/cows/1.jpg")]
    public void Find_WhatCannotBeUsed_OneClearLine(string because, params string[] files)
    {
        using var folder = Tree(files);
        var message = Assert.Throws<InvalidDataException>(() => ClassFolders.Find(folder.Path, DataSplit.Test, 0.5, 1)).Message;
        Assert.Contains(because, message, StringComparison.Ordinal);
        Assert.Contains(folder.Path, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_NoFolder_IsNamed()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(
            "there is no folder of pictures",
            Assert.Throws<DirectoryNotFoundException>(() => ClassFolders.Find(folder.File("none"), DataSplit.Test, 0.5, 1)).Message,
            StringComparison.Ordinal);
    }

    private static TemporaryFolder Tree(params string[] files)
    {
        var folder = new TemporaryFolder();
        foreach (var file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.File(file))!);
            File.WriteAllBytes(folder.File(file), [1]);
        }

        return folder;
    }
}
