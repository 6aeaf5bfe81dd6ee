namespace SparseKernels.TorchSharp.Nodes;

/// <summary>Says of a class derived from Sequential that it runs its modules one after the other, and nothing else.</summary>
internal interface IRow;
