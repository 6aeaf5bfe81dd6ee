namespace SparseKernels.Training.Layers;

/// <summary>What a layer's time goes to.</summary>
public enum LayerPass
{
    /// <summary>The output from the input.</summary>
    Forward,

    /// <summary>The input's gradient from the output's; for layers other than convolutions the gradients of their parameters too.</summary>
    BackwardData,

    /// <summary>The gradients of a convolution's weights and bias.</summary>
    BackwardWeights,

    /// <summary>The optimiser's step.</summary>
    Update,

    /// <summary>Packing new weights into the form that the kernels read.</summary>
    Packing,
}
