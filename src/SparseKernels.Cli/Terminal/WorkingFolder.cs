namespace SparseKernels.Cli.Terminal;

/// <summary>The folder in which the command was started.</summary>
internal static class WorkingFolder
{
    /// <summary>Whether it still exists.</summary>
    public static bool IsThere
    {
        get
        {
            try
            {
                return Directory.Exists(Directory.GetCurrentDirectory());
            }
            catch (IOException)
            {
                return false;
            }
        }
    }
}
