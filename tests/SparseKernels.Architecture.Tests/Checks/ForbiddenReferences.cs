using SparseKernels.Architecture.Tests.Reading;
using SparseKernels.Architecture.Tests.Rooms;

namespace SparseKernels.Architecture.Tests.Checks;

/// <summary>References go down the house only.</summary>
internal static class ForbiddenReferences
{
    /// <summary>For each pair of rooms with such references one finding, which lists the types.</summary>
    public static IEnumerable<string> Find(House house, CodeMap map) =>
        from pair in map.Pairs
        let rooms = (From: house.RoomOf(pair.From), To: house.RoomOf(pair.To))
        where rooms is { From: not null, To: not null } && !house.Allows(rooms.From, rooms.To)
        group $"    {pair.From} -> {pair.To}" by $"{rooms.From} -> {rooms.To}" into found
        orderby found.Key
        select $"{found.Key}\n{string.Join('\n', found)}";
}
