using System.Runtime.InteropServices;
using SkiaSharp;

namespace SparseKernels.Images.Decoding;

/// <summary>Skia's native library, which comes for most platforms and not for all.</summary>
internal static class SkiaLibrary
{
    /// <summary>Loads it.</summary>
    /// <exception cref="PlatformNotSupportedException">There is none for this platform beside the program.</exception>
    public static void Require()
    {
        try
        {
            _ = SkiaSharpVersion.Native;
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or TypeInitializationException)
        {
            throw new PlatformNotSupportedException(
                $"reading pictures needs Skia's library libSkiaSharp, which is not there for {RuntimeInformation.RuntimeIdentifier}.", e);
        }
    }
}
