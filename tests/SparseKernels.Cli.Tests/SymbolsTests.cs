using System.Reflection.Metadata;
using Xunit;

namespace SparseKernels.Cli.Tests;

public class SymbolsTests
{
    /// <summary>The kind of debug information that is a document's source (Portable PDB format, "Embedded Source").</summary>
    private static readonly Guid s_embeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");

    [Theory]
    [InlineData("SparseKernels")]
    [InlineData("SparseKernels.Training")]
    [InlineData("SparseKernels.Cli")]
    public void Symbols_OfAReleaseBuild_HoldSourcesAndNoLocalPath(string assembly)
    {
        using var file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, $"{assembly}.pdb"));
        using var provider = MetadataReaderProvider.FromPortablePdbStream(file);
        var reader = provider.GetMetadataReader();
        var names = reader.Documents.Select(document => reader.GetString(reader.GetDocument(document).Name)).ToArray();
        Assert.SkipWhen(names.Any(name => name.Contains("/obj/Debug/")), "a debug build's symbols name the files where they are");
        Assert.Contains(names, name => name.StartsWith($"/_/src/{assembly}/", StringComparison.Ordinal) && !name.Contains("/obj/"));
        Assert.All(names, name => Assert.StartsWith("/_/", name, StringComparison.Ordinal));
        Assert.All(reader.Documents, document => Assert.Contains(s_embeddedSource, Kinds(reader, document)));
    }

    private static IEnumerable<Guid> Kinds(MetadataReader reader, DocumentHandle document) =>
        reader.GetCustomDebugInformation(document).Select(handle => reader.GetGuid(reader.GetCustomDebugInformation(handle).Kind));
}
