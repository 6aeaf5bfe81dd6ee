using SparseKernels.Bench.Sparsity;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;

namespace SparseKernels.Bench.Measuring;

/// <summary>
/// One cell on one layer, ready to be timed: blocked tensors in and out, weights packed beforehand, dw plain. Zeros of operands that
/// are read are for the call to find; a mask of the result is given. The dense kernels get channel-blocked tensors, in which they are fastest.
/// </summary>
internal sealed class SparseRunner : IDisposable
{
    private readonly SparseCell _cell;
    private readonly ConvolutionData _data;
    private readonly OperandPatterns _patterns;
    private readonly BlockedLayout _layout;
    private readonly ConvolutionPlan _plan;
    private readonly BlockedTensor _dx, _y, _denseDx, _denseY;
    private readonly float[] _dw;
    private readonly Operands _operands, _dense, _nothing;
    private BlockedTensor _lastDx, _lastY;

    /// <summary>Makes the plan and packs the operands.</summary>
    /// <param name="cell">Pass and pair.</param>
    /// <param name="dense">Operands without zeros.</param>
    /// <param name="patterns">The zeros to put into them, and the result's mask.</param>
    /// <param name="group">The groups of a weight mask.</param>
    /// <param name="layout">How the tensors of the sparse calls lie.</param>
    /// <param name="options">Threads and instruction set.</param>
    public SparseRunner(SparseCell cell, ConvolutionData dense, OperandPatterns patterns, WeightGroup group, BlockedLayout layout, ConvolutionOptions options)
    {
        (_cell, _data, _patterns) = (cell, dense.WithZeros(patterns), patterns);
        _plan = new ConvolutionPlan(_data.Shape, options);
        (_dx, _y, _layout) = (_plan.CreateInput(layout), _plan.CreateOutput(layout), layout);
        (_denseDx, _denseY) = (_plan.CreateInput(), _plan.CreateOutput());
        (_lastDx, _lastY) = (_dx, _y);
        _dw = new float[_data.Shape.WeightLength];
        _operands = new Operands(_plan, cell, _data, patterns, group, layout);
        _dense = new Operands(_plan, cell, _data, patterns, group, BlockedLayout.ChannelBlocked);
        var none = patterns.With(cell.Pair.Fine, new bool[LengthOf(cell.Pair.Fine)]);
        _nothing = new Operands(_plan, cell, dense.WithZeros(none), none, group, layout);
    }

    /// <summary>Why the dense kernels serve this cell; null if sparse ones do.</summary>
    public string? WhyDense => PlanKernels.WhyDense(_plan, _layout, _cell.Pass, _cell.Pair);

    /// <summary>The pass as the cell does it.</summary>
    public void Run() => RunSparse(_operands);

    /// <summary>
    /// The same call where the fine operand has no non-zero at all: nothing is left to multiply, so what remains is looking for zeros,
    /// packing and writing the result.
    /// </summary>
    public void RunNothing() => RunSparse(_nothing);

    /// <summary>The pass by the dense kernels, on the same data.</summary>
    public void RunDense()
    {
        (_lastDx, _lastY) = (_denseDx, _denseY);
        switch (_cell.Pass)
        {
            case ConvolutionPass.Forward: _plan.Forward(_dense.X, _dense.W, [], _denseY); break;
            case ConvolutionPass.BackwardData: _plan.BackwardData(_dense.Dy, _dense.W, _denseDx); break;
            default: _plan.BackwardWeights(_dense.X, _dense.Dy, _dw, []); break;
        }
    }

    /// <summary>New weights, whose zeros are to be found again, and the pass.</summary>
    public void RepackAndRun()
    {
        _operands.W.Update(_data.W);
        Run();
    }

    /// <summary>New values of weights whose zeros are where they were, and the pass.</summary>
    public void UpdateValuesAndRun()
    {
        _operands.W.UpdateValues(_data.W);
        Run();
    }

    /// <summary>The sparse pass's result, plain.</summary>
    public float[] Compute()
    {
        Run();
        return Result();
    }

    /// <summary>What it must be: the dense pass's result, zero where the mask says so.</summary>
    public float[] ComputeExpected()
    {
        RunDense();
        var expected = Result();
        if (!_cell.Pair.Contains(_cell.Result) || _patterns.Of(_cell.Result) is not { } wanted) return expected;
        for (var i = 0; i < expected.Length; i++)
        {
            if (!wanted[i]) expected[i] = 0;
        }

        return expected;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var owned in new IDisposable[] { _operands, _dense, _nothing, _dx, _y, _denseDx, _denseY, _plan }) owned.Dispose();
    }

    private void RunSparse(Operands operands)
    {
        (_lastDx, _lastY) = (_dx, _y);
        switch (_cell.Pass)
        {
            case ConvolutionPass.Forward: _plan.Forward(operands.X, operands.W, [], _y, operands.Sparse); break;
            case ConvolutionPass.BackwardData: _plan.BackwardData(operands.Dy, operands.W, _dx, operands.Sparse); break;
            default: _plan.BackwardWeights(operands.X, operands.Dy, _dw, [], operands.Sparse); break;
        }
    }

    private float[] Result()
    {
        if (_cell.Pass == ConvolutionPass.BackwardWeights) return [.. _dw];
        var tensor = _cell.Pass == ConvolutionPass.Forward ? _lastY : _lastDx;
        var plain = new float[tensor.PlainLength];
        tensor.CopyToNchw(plain);
        return plain;
    }

    private int LengthOf(Operand operand) => operand switch
    {
        Operand.Input => _data.Shape.InputLength,
        Operand.Weight => _data.Shape.WeightLength,
        _ => _data.Shape.OutputLength,
    };

    /// <summary>What a call reads.</summary>
    private sealed class Operands : IDisposable
    {
        public Operands(ConvolutionPlan plan, SparseCell cell, ConvolutionData data, OperandPatterns patterns, WeightGroup group, BlockedLayout layout)
        {
            (X, Dy, W) = (plan.CreateInput(layout), plan.CreateOutput(layout), plan.CreatePackedWeights());
            X.CopyFromNchw(data.X);
            Dy.CopyFromNchw(data.Dy);
            W.Update(data.W);
            Sparse = new SparseOperands(cell.Pair);
            if (!cell.Pair.Contains(cell.Result)) return;
            var shape = plan.Shape;
            var wanted = patterns.Of(cell.Result);
            Sparse = cell.Result switch
            {
                Operand.Input => Sparse with { Input = Mask(wanted, shape.N, shape.C, shape.H, shape.W) },
                Operand.Output => Sparse with { Output = Mask(wanted, shape.N, shape.K, shape.P, shape.Q) },
                _ => Sparse with { Weight = WeightPattern.FromMask(shape, wanted ?? [.. Enumerable.Repeat(true, shape.WeightLength)], group.For(cell.Pair)) },
            };
        }

        public BlockedTensor X { get; }

        public BlockedTensor Dy { get; }

        public PackedWeights W { get; }

        public SparseOperands Sparse { get; }

        public void Dispose()
        {
            foreach (var owned in new IDisposable[] { X, Dy, W }) owned.Dispose();
        }

        private static FineMask Mask(bool[]? wanted, int n, int c, int h, int w)
        {
            var mask = new FineMask(n, c, h, w);
            if (wanted is null) mask.Fill(true);
            else mask.Update([.. wanted.Select(bit => bit ? 1f : 0f)]);
            return mask;
        }
    }
}
