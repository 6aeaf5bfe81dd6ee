using SparseKernels.Tensors;
using SparseKernels.Threading;
using SparseKernels.Training.Sweeps;
using Xunit;

namespace SparseKernels.Training.Tests.Sweeps;

/// <summary>Two sweeps over planes: which come first, what stands between them, and how far ahead memory is asked.</summary>
public static class PairedSweepsTests
{
    [Theory]
    [InlineData(BlockedLayout.BatchBlocked, 50, 7, true, 1, 1, true)]
    [InlineData(BlockedLayout.BatchBlocked, 50, 37, true, 1, 2, true)]
    [InlineData(BlockedLayout.BatchBlocked, 50, 37, true, 2, 2, false)]
    [InlineData(BlockedLayout.BatchBlocked, 5, 2, true, 1, 3, false)]
    [InlineData(BlockedLayout.ChannelBlocked, 3, 70, true, 1, 1, true)]
    [InlineData(BlockedLayout.ChannelBlocked, 3, 7, true, 1, 1, true)]
    [InlineData(BlockedLayout.BatchBlocked, 50, 7, false, 2, 1, true)]
    [InlineData(BlockedLayout.ChannelBlocked, 9, 40, false, 1, 2, true)]
    [InlineData(BlockedLayout.ChannelBlocked, 1, 40, false, 1, 2, false)]
    public static void Run_AnyOrder_DoesAUnitsFirstSweepThenBetweenThenItsSecond(
        BlockedLayout layout, int n, int c, bool ofChannels, int clusters, int cores, bool takesTurns)
    {
        using var tensor = new BlockedTensor(n, c, 5, 6, layout);
        var view = new PlaneView(tensor);
        var topology = new ComputeTopology(clusters, cores);
        var sweeps = ofChannels ? PairedSweeps.OfChannels(tensor, 1, mayTakeTurns: true, topology) : PairedSweeps.OfImages(tensor, 1, topology);
        var log = new Log(view.Count, ofChannels ? view.ChannelOf : plane => plane / view.PlanesOfImages) { TakesTurns = takesTurns };
        var work = new Recorder(log);

        sweeps.Run(ref work);

        Assert.Equal(takesTurns, sweeps.TakeTurns);
        Assert.All(log.Firsts, times => Assert.Equal(1, times));
        Assert.All(log.Seconds, times => Assert.Equal(1, times));
        Assert.Empty(log.Faults);
    }

    [Fact]
    public static void OfChannels_SizesAndWorkThatForbidIt_SweepsApart()
    {
        using var tensor = new BlockedTensor(32, 4, 16, 16, BlockedLayout.BatchBlocked);
        var topology = new ComputeTopology(1, 1);
        Assert.True(PairedSweeps.OfChannels(tensor, 4, mayTakeTurns: true, topology).TakeTurns);
        Assert.False(PairedSweeps.OfChannels(tensor, 4, mayTakeTurns: false, topology).TakeTurns);

        // Bytes of one channel of all images: just what L2 holds, and more.
        var most = MachineTopology.L2Bytes / (32 * 16 * 16);
        Assert.True(PairedSweeps.OfChannels(tensor, most, mayTakeTurns: true, topology).TakeTurns);
        Assert.False(PairedSweeps.OfChannels(tensor, most + 1, mayTakeTurns: true, topology).TakeTurns);
    }

    [Theory]
    [InlineData(7, 3, 1, 7, 2)]
    [InlineData(7, 3, 3, 1, 2)]
    [InlineData(4, 1, 1, 1, 4)]
    [InlineData(9, 4, 4, 1, 2)]
    [InlineData(1, 6, 6, 1, 1)]
    public static void PlaneOf_TurnsOfAllItems_AreAllPlanesInARow(int units, int planesOfUnit, int unitStep, int planeStep, int together)
    {
        var order = new PlaneOrder(units, planesOfUnit, unitStep, planeStep) { Together = together };
        var planes = new List<int>();
        for (var item = 0; item < order.Items; item++)
        {
            var turns = order.UnitsOf(item).Count * planesOfUnit;
            for (var turn = 0; turn < turns; turn++) planes.Add(order.PlaneOf(item, turn));
        }

        Assert.Equal(Enumerable.Range(0, order.Planes), planes.Order());

        // A turn past an item's last one is one of the items behind it.
        for (var turn = 0; turn < order.Planes; turn++) Assert.Equal(planes[turn], order.PlaneOf(0, turn));
        Assert.Equal(order.Planes - 1, order.PlaneOf(0, order.Planes + 5));

        // Of three threads each does every third item, so the one behind the first is the fourth.
        var ofFirst = order.UnitsOf(0).Count * planesOfUnit;
        Assert.Equal(order.Items > 3 ? order.PlaneOf(3, 0) : order.Planes - 1, order.PlaneOf(0, ofFirst, threads: 3));
    }

    /// <summary>What was done, and what was done at a wrong time.</summary>
    private sealed class Log(int planes, Func<int, int> unitOf)
    {
        private readonly Lock _writing = new();

        public int[] Firsts { get; } = new int[planes];

        public int[] Seconds { get; } = new int[planes];

        /// <summary>Whether asking for a plane that there is not is a fault: otherwise it is one behind the last.</summary>
        public bool TakesTurns { get; init; }

        public HashSet<int> Between { get; } = [];

        public List<string> Faults { get; } = [];

        public void Write(Action write)
        {
            lock (_writing) write();
        }

        public int UnitOf(int plane) => unitOf(plane);

        public IEnumerable<int> PlanesOf(int unit) => Enumerable.Range(0, planes).Where(plane => unitOf(plane) == unit);

        public void Expect(bool isSo, string otherwise)
        {
            if (!isSo) Faults.Add(otherwise);
        }
    }

    private readonly struct Recorder(Log log) : IPairedWork
    {
        public void First(int plane, int ahead)
        {
            var all = log;
            log.Write(() =>
            {
                all.Firsts[plane]++;
                all.Expect(!all.Between.Contains(all.UnitOf(plane)), $"first sweep over {plane} behind what needs it");
                all.Expect(plane + ahead >= 0 && (plane + ahead < all.Firsts.Length || !all.TakesTurns), $"{ahead} planes ahead of {plane}");
            });
        }

        public void Between(int unit, int count)
        {
            var all = log;
            log.Write(() =>
            {
                for (var i = unit; i < unit + count; i++)
                {
                    all.Expect(all.Between.Add(i), $"unit {i} twice");
                    all.Expect(all.PlanesOf(i).All(plane => all.Firsts[plane] == 1 && all.Seconds[plane] == 0), $"unit {i} at a wrong time");
                }
            });
        }

        public void Second(int plane, int ahead)
        {
            var all = log;
            log.Write(() =>
            {
                all.Seconds[plane]++;
                all.Expect(all.Between.Contains(all.UnitOf(plane)), $"second sweep over {plane} before what it needs");
            });
        }
    }
}
