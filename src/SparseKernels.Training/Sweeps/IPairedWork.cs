namespace SparseKernels.Training.Sweeps;

/// <summary>
/// Two sweeps over the planes of a blocked tensor, as <see cref="PlaneView"/> has them, of which the second needs numbers that the first gives
/// for the whole of a unit: a channel of all images, or all channels of an image (a block of 16 of them where these are the lanes).
/// </summary>
internal interface IPairedWork
{
    /// <summary>The first sweep over a plane.</summary>
    /// <param name="plane">As in <see cref="IPlaneWork.Plane"/>.</param>
    /// <param name="ahead">Planes from it to the one that is swept over by the time that memory answers.</param>
    void First(int plane, int ahead);

    /// <summary>What stands between the sweeps.</summary>
    /// <param name="unit">The first unit that the first sweep is done with.</param>
    /// <param name="count">How many.</param>
    void Between(int unit, int count);

    /// <summary>The second sweep over a plane.</summary>
    /// <param name="plane">As in <see cref="IPlaneWork.Plane"/>.</param>
    /// <param name="ahead">As in <see cref="First"/>.</param>
    void Second(int plane, int ahead);
}
