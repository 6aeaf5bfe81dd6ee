using SparseKernels.Architecture.Tests.Reading;

namespace SparseKernels.Architecture.Tests.Rooms;

/// <summary>
/// The drawing of an assembly: floors from top to bottom, each with the rooms that stand side by side on it. A room refers to rooms on the
/// floors below it, to none beside it and none above.
/// </summary>
internal sealed class House
{
    /// <summary>The assembly's name.</summary>
    public required string Assembly { get; init; }

    /// <summary>The assemblies it may refer to besides those that come with .NET.</summary>
    public required IReadOnlyList<string> Libraries { get; init; }

    /// <summary>From top to bottom, the rooms of each floor.</summary>
    public required Room[][] Floors { get; init; }

    public IEnumerable<Room> Rooms => Floors.SelectMany(floor => floor);

    /// <summary>The room with the longest namespace that fits, before all one that names the type; null if none fits.</summary>
    public Room? RoomOf(TypeName type) => Rooms.Where(room => room.Holds(type))
        .OrderByDescending(room => room.Types.Count > 0)
        .ThenByDescending(room => room.Namespace.Length)
        .FirstOrDefault();

    public bool Allows(Room from, Room to)
        => from == to || (FloorOf(from) < FloorOf(to) && (from.RefersOnlyTo is not { } only || only.Contains(to.Name)));

    public IEnumerable<Room> RoomsBelow(Room room) => Floors.Skip(FloorOf(room) + 1).SelectMany(floor => floor);

    private int FloorOf(Room room) => Array.FindIndex(Floors, floor => floor.Contains(room));
}
