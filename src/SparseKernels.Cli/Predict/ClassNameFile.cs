namespace SparseKernels.Cli.Predict;

/// <summary>The file of <c>--classes</c>: the name of each class on a line of its own, in the order of the labels.</summary>
internal static class ClassNameFile
{
    /// <summary>Reads it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="classes">Classes that the network tells apart.</param>
    /// <exception cref="ArgumentException">It has not as many names as there are classes, or a line without a name.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static IReadOnlyList<string> Read(string path, int classes)
    {
        string[] names = [.. File.ReadAllText(path).TrimEnd().Split('\n').Select(line => line.Trim())];
        var nameless = Array.IndexOf(names, "");
        if (names.Length != classes) throw new ArgumentException($"--classes '{path}' must have a line for each of the {classes} classes, got {names.Length}.");
        return nameless < 0 ? names : throw new ArgumentException($"--classes '{path}' must have a name on every line, got none on line {nameless + 1}.");
    }
}
