using SparseKernels.Tensors;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Layers.Reshaping;

/// <summary>
/// Pixels around an image: PyTorch's <c>nn.ConstantPad2d</c>, <c>nn.ZeroPad2d</c>, <c>nn.ReflectionPad2d</c> and <c>nn.ReplicationPad2d</c>.
/// Zeros before a convolution or pooling are better given as its own padding, which costs no sweep.
/// </summary>
public sealed class Pad2d : ResizingLayer
{
    private readonly Padding2D _padding;
    private readonly PadMode _mode;
    private readonly float _value;
    private int[] _rows = [];
    private int[] _columns = [];

    /// <summary>Makes a padding.</summary>
    /// <param name="name">Its path in the network.</param>
    /// <param name="padding">Pixels on each side; 0 or more.</param>
    /// <param name="mode">What they are.</param>
    /// <param name="value">Their value where <paramref name="mode"/> is <see cref="PadMode.Constant"/>; ignored by the others.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is negative, or the mode is none.</exception>
    public Pad2d(string name, Padding2D padding, PadMode mode = PadMode.Constant, float value = 0)
        : base(name)
    {
        if (padding.Top < 0 || padding.Bottom < 0 || padding.Left < 0 || padding.Right < 0)
            throw new ArgumentOutOfRangeException(nameof(padding), $"padding of {name} must be 0 or more on every side, got {padding}.");
        if (!Enum.IsDefined(mode))
            throw new ArgumentOutOfRangeException(nameof(mode), mode, $"mode must be one of {string.Join(", ", Enum.GetNames<PadMode>())}.");
        (_padding, _mode, _value) = (padding, mode, value);
    }

    /// <summary>What lies around the image.</summary>
    internal (Padding2D Padding, PadMode Mode, float Value) Surroundings => (_padding, _mode, _value);

    internal override Layer Twin() => new Pad2d(Name, _padding, _mode, _value);

    private protected override void Write(BlockedTensor x, BlockedTensor y)
    {
        var work = new PixelMap(_rows, _columns, _value, x, y);
        Planes.Run(ref work, y, Workspace.Topology);
    }

    private protected override void WriteGradient(BlockedTensor dy, BlockedTensor dx)
    {
        var work = new PixelMapBackward(_rows, _columns, dy, dx);
        Planes.Run(ref work, dy, Workspace.Topology);
    }

    private protected override FeatureShape Resize(FeatureShape input)
    {
        if (_mode == PadMode.Reflect && (Math.Max(_padding.Top, _padding.Bottom) >= input.Height || Math.Max(_padding.Left, _padding.Right) >= input.Width))
            throw new ArgumentException($"{Name}: a reflection must be less wide than the image, got {_padding} around {input}.", nameof(input));
        _rows = Sources(input.Height, _padding.Top, _padding.Bottom);
        _columns = Sources(input.Width, _padding.Left, _padding.Right);
        return new FeatureShape(input.Channels, _rows.Length, _columns.Length);
    }

    /// <summary>The row or column that each output's is a copy of; −1 for none.</summary>
    private int[] Sources(int size, int before, int after)
    {
        var sources = new int[checked(size + before + after)];
        for (var i = 0; i < sources.Length; i++)
        {
            var at = i - before;
            sources[i] = at >= 0 && at < size ? at : _mode switch
            {
                PadMode.Reflect => at < 0 ? -at : (2 * (size - 1)) - at,
                PadMode.Replicate => at < 0 ? 0 : size - 1,
                _ => -1,
            };
        }

        return sources;
    }
}
