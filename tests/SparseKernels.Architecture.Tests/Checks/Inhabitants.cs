using SparseKernels.Architecture.Tests.Reading;
using SparseKernels.Architecture.Tests.Rooms;

namespace SparseKernels.Architecture.Tests.Checks;

/// <summary>Every type lives in a room, and the drawing names nothing that doesn't exist.</summary>
internal static class Inhabitants
{
    public static IEnumerable<string> Find(House house, CodeMap map)
    {
        var living = map.Types.ToLookup(house.RoomOf);
        return
        [
            .. living[null].Select(type => $"{type} lies in no room"),
            .. house.Rooms.Where(room => !living[room].Any()).Select(room => $"the room {room} is empty"),
            .. from room in house.Rooms
               from type in room.Types.Except(living[room].Select(type => type.Name))
               select $"the room {room} names the type {type}, which {room.Namespace} doesn't have",
            .. from room in house.Rooms
               from other in (room.RefersOnlyTo ?? []).Except(house.RoomsBelow(room).Select(below => below.Name))
               select $"the room {room} names the room {other}, which isn't drawn below it",
        ];
    }
}
