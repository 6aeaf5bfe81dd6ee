namespace SparseKernels.Training.Sweeps;

/// <summary>
/// The order in which planes are swept over where a few units, channels or images, are done with before the next: as they lie in memory among
/// the planes of these units.
/// </summary>
/// <param name="Units">Units.</param>
/// <param name="PlanesOfUnit">Planes of each.</param>
/// <param name="UnitStep">From a unit's plane to the next unit's.</param>
/// <param name="PlaneStep">From a plane to the same unit's next one.</param>
internal readonly record struct PlaneOrder(int Units, int PlanesOfUnit, int UnitStep, int PlaneStep)
{
    /// <summary>Units that are swept over together.</summary>
    public int Together { get; init; } = 1;

    /// <summary>All planes.</summary>
    public int Planes => Units * PlanesOfUnit;

    /// <summary>Work items of so many units.</summary>
    public int Items => ((Units - 1) / Together) + 1;

    /// <summary>A work item's first unit, and how many it has.</summary>
    public (int First, int Count) UnitsOf(int item) => (item * Together, Math.Min(Together, Units - (item * Together)));

    /// <summary>
    /// The plane of a turn of an item, or where it has fewer turns of the item that its thread is likely to do next; the last plane of all where
    /// there is none.
    /// </summary>
    /// <param name="item">The item.</param>
    /// <param name="turn">The turn, from 0.</param>
    /// <param name="threads">Threads that take items in turns.</param>
    public int PlaneOf(int item, int turn, int threads = 1)
    {
        var (first, count) = UnitsOf(item);
        while (turn >= count * PlanesOfUnit)
        {
            turn -= count * PlanesOfUnit;
            item += threads;
            if (item >= Items) return Planes - 1;
            (first, count) = UnitsOf(item);
        }

        // Planes of a channel lie apart, so those of its neighbours come between; an image's lie side by side.
        var (unit, plane) = UnitStep == 1 ? (turn % count, turn / count) : (turn / PlanesOfUnit, turn % PlanesOfUnit);
        return ((first + unit) * UnitStep) + (plane * PlaneStep);
    }
}
