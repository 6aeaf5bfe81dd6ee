namespace SparseKernels.Pruning.Strategies;

/// <summary>What a pruned weight is taken to harm.</summary>
public enum PruneHarm
{
    /// <summary>As its magnitude says: |w|.</summary>
    Magnitude,

    /// <summary>
    /// As the change of the loss that a first-order expansion expects, |w·g| (Molchanov et al. 2017, "Pruning convolutional neural networks for
    /// resource efficient inference", equation 8). One batch's gradient of one weight is mostly chance, so g is taken as its root mean square
    /// over the output channel, times that over the input channel, over that of the layer, which is how Adafactor estimates squared gradients
    /// (Shazeer and Stern 2018, section 3). Known where gradients are; <see cref="Magnitude"/> for other layers.
    /// </summary>
    Gradient,
}
