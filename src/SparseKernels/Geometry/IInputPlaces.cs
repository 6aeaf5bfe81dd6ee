namespace SparseKernels.Geometry;

/// <summary>Where the inputs of a pass lie in what its kernels read: a packed panel, or the tensor itself.</summary>
internal interface IInputPlaces
{
    TapGeometry Geometry { get; }

    /// <summary>Floats from one input channel to the next.</summary>
    int ChannelStep { get; }

    /// <summary>Floats from an output pixel's place to the input that one tap reads for it; not negative.</summary>
    int Offset(Tap tap);
}
