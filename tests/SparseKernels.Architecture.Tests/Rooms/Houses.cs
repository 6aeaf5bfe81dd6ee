namespace SparseKernels.Architecture.Tests.Rooms;

/// <summary>The houses that are held to their drawings.</summary>
internal static class Houses
{
    public static House Named(string assembly) => s_all.Single(house => house.Assembly == assembly);

    private static readonly House[] s_all = [CoreHouse.Drawing, TrainingHouse.Drawing, ImagesHouse.Drawing, OnnxHouse.Drawing, TorchHouse.Drawing, DistributedHouse.Drawing, CommandHouse.Drawing];
}
