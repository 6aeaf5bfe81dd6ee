namespace SparseKernels.Files;

/// <summary>
/// Keeps a file for one writer: <c>path + ".lock"</c> stands beside it for as long, locked by the operating system, so that the lock goes
/// with its process however that ends. What a killed process leaves of it is nobody's and taken over.
/// </summary>
internal sealed class OutputLock : IDisposable
{
    private const string Suffix = ".lock";
    private const int LinuxWouldBlock = 11;
    private const int MacWouldBlock = 35;
    private const int WindowsSharingViolation = unchecked((int)0x80070020);

    private readonly FileStream _stream;

    private OutputLock(FileStream stream) => _stream = stream;

    /// <summary>Takes the lock of a file.</summary>
    /// <param name="path">The file, whose folder must exist and be writable.</param>
    /// <param name="what">What writes it, for the message: <c>run</c>.</param>
    /// <returns>The lock, to be disposed.</returns>
    /// <exception cref="IOException">Somebody else has it, or the folder can't be written.</exception>
    public static OutputLock Take(string path, string what)
    {
        try
        {
            return new OutputLock(Open(FileKind.TargetOf(path) + Suffix));
        }
        catch (IOException e) when (IsTaken(e))
        {
            throw new IOException($"another {what} writes '{path}'.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"'{path}' can't be written: {e.Message}", e);
        }
    }

    /// <summary>Whether somebody has the lock of a file now; no where that can't be known.</summary>
    public static bool IsTaken(string path)
    {
        var file = FileKind.TargetOf(path) + Suffix;
        if (!File.Exists(file)) return false;
        try
        {
            Open(file).Dispose();
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return IsTaken(e);
        }
    }

    /// <summary>Lets the next writer in.</summary>
    public void Dispose() => _stream.Dispose();

    private static FileStream Open(string file)
    {
        while (true)
        {
            var stream = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);

            // Whoever had it may have deleted the name between our opening and our locking.
            if (FileKind.Stands(stream.SafeFileHandle, file)) return stream;
            stream.Dispose();
        }
    }

    private static bool IsTaken(Exception e) => e.HResult is LinuxWouldBlock or MacWouldBlock or WindowsSharingViolation;
}
