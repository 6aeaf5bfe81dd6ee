using SparseKernels.Isa;
using SparseKernels.Tensors;

namespace SparseKernels.Passes.Frame;

/// <summary>A dense way to run BackwardWeights.</summary>
/// <param name="Name">As <see cref="PassWay"/> has it.</param>
/// <param name="TermNames">As <see cref="PassWay"/> has them.</param>
/// <param name="Suits">Whether it is the one to take for a shape; the catalogue asks in its own order.</param>
/// <param name="Create">Makes the driver for x with these strides, which are zero if it is channel-blocked.</param>
/// <param name="Terms">The terms of its time, for so many threads.</param>
internal sealed record DenseGradientWay(
    string Name,
    IReadOnlyList<string> TermNames,
    Func<ConvolutionShape, bool> Suits,
    Func<ConvolutionShape, PlaneStrides, PassMachine, IGradientPass> Create,
    Func<ConvolutionShape, InstructionSetKind, int, CostTerms> Terms) : PassWay(Name, TermNames);

/// <summary>A way to run BackwardWeights that skips the zeros of two operands, one of them at fine grain.</summary>
/// <param name="Name">As <see cref="PassWay"/> has it.</param>
/// <param name="TermNames">As <see cref="PassWay"/> has them.</param>
/// <param name="WhyDense">Why the dense kernels serve a shape better; null where this way serves it.</param>
/// <param name="Create">Makes the driver for x with these strides, which are zero if it is channel-blocked, and a pair.</param>
/// <param name="Terms">The terms of its time for a pair and so many threads.</param>
internal sealed record SparseGradientWay(
    string Name,
    IReadOnlyList<string> TermNames,
    Func<ConvolutionShape, OperandPair, string?> WhyDense,
    Func<ConvolutionShape, PlaneStrides, OperandPair, PassMachine, ISparseGradientPass> Create,
    Func<ConvolutionShape, OperandPair, InstructionSetKind, int, CostTerms> Terms) : PassWay(Name, TermNames);
