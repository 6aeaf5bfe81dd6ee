using System.Text;

namespace SparseKernels.Cli.Terminal;

/// <summary>Standard output that says what is wrong with itself where writing fails, as when it is closed.</summary>
/// <param name="inner">Standard output.</param>
internal sealed class OutputWriter(TextWriter inner) : TextWriter
{
    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Try(() => inner.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    public override void Write(string? value) => Try(() => inner.Write(value));

    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    public override void Flush() => Try(inner.Flush);

    private static void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException("standard output is closed or can't be written; send it to /dev/null if it isn't wanted.", e);
        }
    }
}
