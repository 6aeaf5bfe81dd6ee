using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Tensors;

namespace SparseKernels.Passes.Frame;

/// <summary>A dense way to run Forward and BackwardData.</summary>
/// <param name="Name">As <see cref="PassWay"/> has it.</param>
/// <param name="TermNames">As <see cref="PassWay"/> has them.</param>
/// <param name="Suits">Whether it is the one to take for a shape; the catalogue asks in its own order.</param>
/// <param name="Create">Makes the driver for data with these strides, which are zero if it is channel-blocked.</param>
/// <param name="Terms">The terms of its time, for so many threads.</param>
internal sealed record DenseTapWay(
    string Name,
    IReadOnlyList<string> TermNames,
    Func<TapGeometry, bool> Suits,
    Func<TapGeometry, PlaneStrides, PassMachine, ITapPass> Create,
    Func<TapGeometry, InstructionSetKind, int, CostTerms> Terms) : PassWay(Name, TermNames);

/// <summary>A way to run Forward and BackwardData that skips the zeros of two operands, one of them at fine grain.</summary>
/// <param name="Name">As <see cref="PassWay"/> has it.</param>
/// <param name="TermNames">As <see cref="PassWay"/> has them.</param>
/// <param name="WhyDense">Why the dense kernels serve a shape better, for so many threads; null where this way serves it.</param>
/// <param name="Create">Makes the driver for data with these strides, which are zero if it is channel-blocked, and a coarse side.</param>
/// <param name="Terms">The terms of its time for a coarse side and so many threads.</param>
internal sealed record SparseTapWay(
    string Name,
    IReadOnlyList<string> TermNames,
    Func<TapGeometry, InstructionSetKind, int, string?> WhyDense,
    Func<TapGeometry, PlaneStrides, PassOperand, PassMachine, ISparseTapPass> Create,
    Func<TapGeometry, PassOperand, InstructionSetKind, int, CostTerms> Terms) : PassWay(Name, TermNames);
