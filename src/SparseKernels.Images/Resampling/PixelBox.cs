namespace SparseKernels.Images.Resampling;

/// <summary>A rectangle of pixels.</summary>
/// <param name="Left">The first column.</param>
/// <param name="Top">The first row.</param>
/// <param name="Width">Columns; 1 or more.</param>
/// <param name="Height">Rows; 1 or more.</param>
internal readonly record struct PixelBox(int Left, int Top, int Width, int Height);
