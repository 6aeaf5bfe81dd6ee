namespace SparseKernels.TorchSharp.Converting;

/// <summary>What a conversion put into a model.</summary>
internal interface IConverted
{
    /// <summary>What ran in its stretches, and on which kernels.</summary>
    string Explain();

    /// <summary>Frees what its stretches hold; whoever calls it afterwards gets what torch computes.</summary>
    void Free();
}
