namespace SparseKernels.Files;

/// <summary>What <see cref="AtomicFile"/> is about to do: the moments between its system calls.</summary>
internal enum AtomicFileStep
{
    /// <summary>Make the temporary file.</summary>
    Create,

    /// <summary>Write the content to it.</summary>
    Write,

    /// <summary>Flush it to disk.</summary>
    Flush,

    /// <summary>Close it.</summary>
    Close,

    /// <summary>Rename it over the old file.</summary>
    Rename,

    /// <summary>Flush the folder.</summary>
    FlushFolder,
}
