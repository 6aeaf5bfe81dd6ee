namespace SparseKernels.Architecture.Tests.Samples.Floors.Top;

/// <summary>A value of the bottom floor that stands in the namespace of the top one.</summary>
internal readonly record struct Plain(int Number);
