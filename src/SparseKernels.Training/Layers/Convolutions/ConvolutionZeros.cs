using SparseKernels.Sparsity;
using SparseKernels.Training.Zeros;

namespace SparseKernels.Training.Layers.Convolutions;

/// <summary>What a convolution tells its plan of the zeros in each pass. Nothing is allocated per step.</summary>
/// <param name="input">The zeros of x.</param>
/// <param name="output">The zeros of y.</param>
/// <param name="areUsed">Whether the plan's schedule takes an interest.</param>
/// <param name="isTransposed">Whether x is the plan's output and y its input.</param>
internal sealed class ConvolutionZeros(ActivationZeros input, ActivationZeros output, bool areUsed, bool isTransposed = false)
{
    // What a layer drops by its own mask needs no clearing before.
    private readonly SparseOperands _forward = new() { ClearsResult = false };
    private readonly SparseOperands _backwardData = new() { ClearsResult = false };
    private readonly SparseOperands _backwardWeights = new();

    /// <summary>Asks the layers on both sides to count.</summary>
    public void Ask()
    {
        if (!areUsed) return;
        input.Ask();
        output.AskForGradient();
    }

    /// <summary>What is known before Forward.</summary>
    /// <param name="training">Whether the step trains.</param>
    public SparseOperands Forward(bool training)
    {
        if (!areUsed) return _forward;
        var mask = output.OutputMask?.Draw(training);
        SetInput(_forward, null, input.Density);
        SetOutput(_forward, mask, mask is null ? null : output.OutputMask!.Density);
        return _forward;
    }

    /// <summary>What is known before BackwardData: where a ReLU below is shut, dx is not wanted.</summary>
    public SparseOperands BackwardData()
    {
        if (!areUsed) return _backwardData;
        var mask = input.GatesGradient ? input.NonZeros : null;
        SetInput(_backwardData, mask, mask is null ? null : input.MaskDensity);
        SetOutput(_backwardData, null, output.GradientDensity);
        return _backwardData;
    }

    /// <summary>What is known before BackwardWeights.</summary>
    /// <param name="wanted">The weights that train; null for all.</param>
    public SparseOperands BackwardWeights(WeightPattern? wanted)
    {
        _backwardWeights.Weight = wanted;
        if (!areUsed) return _backwardWeights;
        SetInput(_backwardWeights, null, input.Density);
        SetOutput(_backwardWeights, null, output.GradientDensity);
        return _backwardWeights;
    }

    private void SetInput(SparseOperands operands, FineMask? mask, OperandDensity? density)
    {
        if (isTransposed) (operands.Output, operands.OutputDensity) = (mask, density);
        else (operands.Input, operands.InputDensity) = (mask, density);
    }

    private void SetOutput(SparseOperands operands, FineMask? mask, OperandDensity? density)
    {
        if (isTransposed) (operands.Input, operands.InputDensity) = (mask, density);
        else (operands.Output, operands.OutputDensity) = (mask, density);
    }
}
