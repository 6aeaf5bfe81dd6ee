using SparseKernels.Isa;
using SparseKernels.Scheduling.Plans;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;

namespace SparseKernels.Scheduling.Calibrating;

/// <summary>Activations of a probe's calls in every layout, with random zeros and masks of what is wanted of them.</summary>
internal sealed class ProbeActivations : IDisposable
{
    private readonly ProbeTensors[] _tensors;

    public ProbeActivations(ConvolutionShape shape, ProbeZeros zeros, PlanBorders borders, Random random)
    {
        _tensors = Array.ConvertAll(Enum.GetValues<BlockedLayout>(), layout => new ProbeTensors(shape, layout, borders));
        (var x, InputDensity) = Data(_tensors[0].X, random, zeros);
        (var dy, OutputDensity) = Data(_tensors[0].Dy, random, zeros);
        foreach (var tensors in _tensors)
        {
            tensors.X.CopyFromNchw(x);
            tensors.Dy.CopyFromNchw(dy);
        }

        (InputMask, InputMaskDensity) = Mask(_tensors[0].X, random, zeros);
        (OutputMask, OutputMaskDensity) = Mask(_tensors[0].Y, random, zeros);
    }

    /// <summary>Density of x.</summary>
    public OperandDensity InputDensity { get; }

    /// <summary>Density of dy.</summary>
    public OperandDensity OutputDensity { get; }

    /// <summary>What is wanted of dx.</summary>
    public FineMask InputMask { get; }

    public OperandDensity InputMaskDensity { get; }

    /// <summary>What is wanted of y.</summary>
    public FineMask OutputMask { get; }

    public OperandDensity OutputMaskDensity { get; }

    public ProbeTensors In(BlockedLayout layout) => _tensors[(int)layout];

    public void Dispose()
    {
        foreach (var tensors in _tensors) tensors.Dispose();
    }

    private static (float[] Values, OperandDensity Density) Data(BlockedTensor tensor, Random random, ProbeZeros zeros)
    {
        var (plane, values) = (tensor.H * tensor.W, new float[tensor.N * tensor.C * tensor.H * tensor.W]);
        var live = new bool[tensor.C];
        for (var c = 0; c < live.Length; c++) live[c] = random.NextDouble() < zeros.Channels;
        live[0] = true;
        var count = 0;
        for (var i = 0; i < values.Length; i++)
        {
            if (!live[i / plane % tensor.C] || random.NextDouble() >= zeros.Data) continue;
            values[i] = random.NextSingle() + 0.5f;
            count++;
        }

        return (values, new OperandDensity((double)count / values.Length, (double)live.Count(alive => alive) / live.Length));
    }

    private static (FineMask Mask, OperandDensity Density) Mask(BlockedTensor tensor, Random random, ProbeZeros zeros)
    {
        var mask = new FineMask(tensor.N, tensor.C, tensor.H, tensor.W);
        var (blocks, plane, live) = (LaneBlock.Count(tensor.C), tensor.H * tensor.W, 0);
        var rowIsLive = true;
        for (var i = 0; i < mask.Words.Length; i++)
        {
            // Dead pixels come in rows, as those of a region that nothing wants do.
            if (i % tensor.W == 0) rowIsLive = random.NextDouble() < zeros.Rows;
            if (!rowIsLive) continue;
            var channels = Math.Min(LaneBlock.Size, tensor.C - i / plane % blocks * LaneBlock.Size);
            for (var lane = 0; lane < channels; lane++)
            {
                if (random.NextDouble() < zeros.Mask) mask.Words[i] |= (ushort)(1 << lane);
            }

            if (mask.Words[i] != 0) live++;
        }

        return (mask, new OperandDensity(mask.Density, (double)live / mask.Words.Length));
    }
}
