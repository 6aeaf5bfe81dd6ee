using SparseKernels.Training.Data;

namespace SparseKernels.Images.Folders;

/// <summary>
/// Finds pictures by class: <c>root/cats/**/*.jpg</c>, or with a split of one's own <c>root/train/cats/…</c> beside <c>root/test</c>, else
/// <c>root/val</c>. Classes and files are in ordinal order of their names, whatever order the file system gives; what begins with a dot, and
/// files of other endings, are not looked at.
/// </summary>
internal static class ClassFolders
{
    private const string Training = "train";

    private static readonly string[] s_tests = ["test", "val"];

    private static readonly string[] s_endings = [".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp"];

    private static readonly EnumerationOptions s_inside = new()
    {
        RecurseSubdirectories = true,
        MaxRecursionDepth = 16,
        IgnoreInaccessible = false,
        AttributesToSkip = FileAttributes.Hidden | FileAttributes.System,
    };

    /// <summary>Whether a folder has a split of its own.</summary>
    private static string? OwnTest(string root) =>
        !Directory.Exists(Path.Combine(root, Training)) || FoldersIn(root).Except([Training, .. s_tests]).Any()
            ? null
            : s_tests.FirstOrDefault(name => Directory.Exists(Path.Combine(root, name)));

    /// <summary>The classes' names and the pictures of a split.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="split">Which pictures.</param>
    /// <param name="share">The share to hold out for tests where the folder has no split of its own.</param>
    /// <param name="seed">What decides which.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">Classes or pictures are missing, or too few; the message names the folder.</exception>
    public static (string[] Classes, PictureFile[] Files) Find(string root, DataSplit split, double share, ulong seed)
    {
        if (!Directory.Exists(root)) throw new DirectoryNotFoundException($"there is no folder of pictures '{root}'.");
        var test = OwnTest(root);
        var only = test is null && FoldersIn(root) is [Training];
        var training = test is null && !only ? root : Path.Combine(root, Training);
        var classes = ClassesIn(training);
        if (test is null)
        {
            var files = Enumerable.Range(0, classes.Length).SelectMany(label => StratifiedSplit.Part(
                FilesOf(Path.Combine(training, classes[label]), label), classes[label], split, share, seed));
            return (classes, [.. files]);
        }

        var folder = Path.Combine(root, split == DataSplit.Test ? test : Training);
        if (split == DataSplit.Test && FoldersIn(folder).Except(classes).FirstOrDefault() is { } unknown)
            throw new InvalidDataException($"'{Path.Combine(folder, unknown)}' is of a class that '{training}' doesn't have.");
        var own = FoldersIn(folder);
        var found = classes.SelectMany((name, label) => own.Contains(name) ? FilesOf(Path.Combine(folder, name), label) : []).ToArray();
        return found.Length > 0 ? (classes, found) : throw new InvalidDataException(
            $"'{folder}' has no pictures: expected {string.Join(", ", s_endings)} in folders of the classes.");
    }

    private static string[] FoldersIn(string folder) =>
        [.. Directory.EnumerateDirectories(folder).Select(path => Path.GetFileName(path)).Where(name => name[0] != '.').Order(StringComparer.Ordinal)];

    private static string[] ClassesIn(string folder) => FoldersIn(folder) switch
    {
        [] => throw new InvalidDataException($"'{folder}' has no folders: expected one for each class, with its pictures in it."),
        [var one] => throw new InvalidDataException($"'{folder}' has the single class '{one}': expected folders of two or more."),
        var several => several,
    };

    private static PictureFile[] FilesOf(string folder, int label)
    {
        var files = Directory.EnumerateFiles(folder, "*", s_inside)
            .Where(path => Path.GetFileName(path)[0] != '.' && s_endings.Contains(Path.GetExtension(path).ToLowerInvariant()))
            .Select(path => new PictureFile(path, Path.GetRelativePath(folder, path).Replace('\\', '/'), label))
            .OrderBy(file => file.Name, StringComparer.Ordinal)
            .ToArray();
        return files.Length > 0 ? files : throw new InvalidDataException($"'{folder}' has no pictures: expected {string.Join(", ", s_endings)}.");
    }
}
