using SparseKernels.Sparsity;
using SparseKernels.Training.Zeros;

namespace SparseKernels.Training.Layers.Convolutions;

/// <summary>
/// What a transposed convolution tells its plan of the zeros in each pass: as <see cref="ConvolutionZeros"/>, with the roles of input and
/// output exchanged.
/// </summary>
/// <param name="input">The zeros of x, the plan's dy.</param>
/// <param name="output">The zeros of y, the plan's dx.</param>
/// <param name="areUsed">Whether the plan's schedule takes an interest.</param>
internal sealed class TransposedZeros(ActivationZeros input, ActivationZeros output, bool areUsed)
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

    /// <summary>What is known before y is computed, by the plan's BackwardData.</summary>
    /// <param name="training">Whether the step trains.</param>
    public SparseOperands Forward(bool training)
    {
        if (!areUsed) return _forward;
        _forward.OutputDensity = input.Density;
        _forward.Input = output.OutputMask?.Draw(training);
        _forward.InputDensity = _forward.Input is null ? null : output.OutputMask!.Density;
        return _forward;
    }

    /// <summary>What is known before dx is, by the plan's Forward: where a ReLU below is shut, it is not wanted.</summary>
    public SparseOperands BackwardData()
    {
        if (!areUsed) return _backwardData;
        _backwardData.Output = input.GatesGradient ? input.NonZeros : null;
        _backwardData.OutputDensity = _backwardData.Output is null ? null : input.MaskDensity;
        _backwardData.InputDensity = output.GradientDensity;
        return _backwardData;
    }

    /// <summary>What is known before dw is.</summary>
    /// <param name="wanted">The weights that train; null for all.</param>
    public SparseOperands BackwardWeights(WeightPattern? wanted)
    {
        _backwardWeights.Weight = wanted;
        if (!areUsed) return _backwardWeights;
        _backwardWeights.InputDensity = output.GradientDensity;
        _backwardWeights.OutputDensity = input.Density;
        return _backwardWeights;
    }
}
