using System.Runtime.Intrinsics;
using SparseKernels.Isa;

namespace SparseKernels.Kernels;

/// <summary>What a micro-kernel computes: its loop nest and which operand is broadcast.</summary>
internal enum KernelFamily
{
    /// <summary><see cref="TapKernel{TRows,TColumns,TIsa,TVector}"/>: dense Forward and BackwardData, channel-blocked.</summary>
    Tap,

    /// <summary><see cref="LaneTapKernel{TRows,TColumns,TIsa,TVector}"/>: dense depthwise passes, channel-blocked.</summary>
    LaneTap,

    /// <summary><see cref="BatchTapKernel{TRows,TColumns,TIsa,TVector}"/>: dense Forward and BackwardData, batch-blocked.</summary>
    BatchTap,

    /// <summary><see cref="OuterProductKernel{TRows,TColumns,TIsa,TVector}"/>: dense BackwardWeights, channel-blocked.</summary>
    OuterProduct,

    /// <summary>
    /// <see cref="SpmmKernel{TRows,TColumns,TIsa,TVector}"/>: the sparse operand's non-zeros times vectors of the dense one, all passes.
    /// </summary>
    Spmm,

    /// <summary><see cref="ListKernel{TRows,TColumns,TIsa,TVector,TStep}"/>: lists of non-zero weights times pixels of 16 images, in place.</summary>
    List,

    /// <summary>The same where the pixels' inputs are a step apart.</summary>
    StridedList,

    /// <summary><see cref="DotKernel{TRows,TColumns,TIsa,TVector}"/>: dense BackwardWeights, batch-blocked.</summary>
    Dot,

    /// <summary>
    /// <see cref="SddmmKernel{TRows,TColumns,TIsa,TVector}"/>: a dot product for each result that a mask wants, all passes.
    /// </summary>
    Sddmm,

    /// <summary>
    /// <see cref="ListSddmmKernel{TRows,TColumns,TIsa,TVector,TStep}"/>: lists of wanted weights' gradients over pixels of 16 images, in place.
    /// </summary>
    ListSddmm,

    /// <summary>The same where the pixels' inputs are a step apart.</summary>
    StridedListSddmm,
}

/// <summary>One micro-kernel.</summary>
/// <param name="Id">Pass, what is skipped, instruction set and tile, as logs, tests and benches print it.</param>
/// <param name="Family">What it computes.</param>
/// <param name="Isa">Its instruction set.</param>
/// <param name="Rows">Scalars or pixels of its tile.</param>
/// <param name="Vectors">Vectors of its tile.</param>
/// <param name="Width">Output lanes of its tile: vectors times lanes.</param>
/// <param name="Function">Its entry point.</param>
internal sealed record KernelEntry(string Id, KernelFamily Family, InstructionSetKind Isa, int Rows, int Vectors, int Width, nint Function)
{
    /// <summary>Floats of a vector.</summary>
    public int Lanes => Width / Vectors;
}

/// <summary>The list of all micro-kernels. Drivers, tests, benches and <c>describe</c> read it; nothing else names a kernel.</summary>
internal static unsafe class KernelTable
{
    private static readonly List<KernelEntry> s_entries = Build();

    /// <summary>Every kernel of every instruction set, available here or not.</summary>
    public static IReadOnlyList<KernelEntry> All => s_entries;

    /// <summary>The kernel of a family with exactly this tile.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static KernelEntry Find(KernelFamily family, InstructionSetKind isa, int rows, int width)
    {
        foreach (var entry in s_entries)
        {
            if (entry.Family == family && entry.Isa == isa && entry.Rows == rows && entry.Width == width) return entry;
        }

        throw new ArgumentException($"no {family} kernel of {rows} rows by {width} lanes for {InstructionSet.NameOf(isa)}.");
    }

    /// <summary>Output lanes of the widest tile, a multiple of 16: 64 on AVX-512, 16 elsewhere.</summary>
    public static int WidestPanel(InstructionSetKind isa) => isa == InstructionSetKind.Avx512 ? 64 : LaneBlock.Size;

    /// <summary>The widest panel for so many remaining blocks of 16 lanes, in lanes.</summary>
    public static int PanelWidth(InstructionSetKind isa, int blocksLeft)
    {
        var width = WidestPanel(isa);
        while (width > blocksLeft * LaneBlock.Size) width /= 2;
        return width;
    }

    /// <summary>The SpMM kernel whose tile has exactly so many blocks of 16 lanes.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static KernelEntry FindSpmm(InstructionSetKind isa, int blocks)
    {
        foreach (var entry in s_entries)
        {
            if (entry.Family == KernelFamily.Spmm && entry.Isa == isa && entry.Rows * entry.Width == blocks * LaneBlock.Size) return entry;
        }

        throw new ArgumentException($"no {KernelFamily.Spmm} kernel of {blocks} blocks of 16 lanes for {InstructionSet.NameOf(isa)}.");
    }

    /// <summary>
    /// Blocks of 16 lanes that a weight panel for sparse activations has at most: as many as leave room in L1 for the channels of a list
    /// long enough to hide the miss of the branch at its end. Wider tiles need fewer loads, but shorten the lists.
    /// </summary>
    public static int SparsePanelBlocks(InstructionSetKind isa) => isa == InstructionSetKind.Avx512 ? 8 : 4;

    /// <summary>Rows of the tallest tile.</summary>
    public const int MaxRows = 6;

    /// <summary>
    /// Rows of the next tile where so many are left: the last two share what is left, so that none is too low to hide the latency.
    /// </summary>
    public static int NextRows(int left) => left >= 2 * MaxRows || left == MaxRows ? MaxRows : left > MaxRows ? (left + 1) / 2 : left;

    private static List<KernelEntry> Build()
    {
        var list = new List<KernelEntry>();
        AddTiles<Avx512, Vector512<float>, Columns4<Avx512, Vector512<float>>>(list, InstructionSetKind.Avx512);
        AddTiles<Avx512, Vector512<float>, Columns2<Avx512, Vector512<float>>>(list, InstructionSetKind.Avx512);
        AddTiles<Avx512, Vector512<float>, Columns1<Avx512, Vector512<float>>>(list, InstructionSetKind.Avx512);
        AddLists<PanelRows8<Columns1<Avx512, Vector512<float>>, Avx512, Vector512<float>>, Columns1<Avx512, Vector512<float>>, Avx512, Vector512<float>>(
            list, InstructionSetKind.Avx512);
        AddTiles<Avx2, Vector256<float>, Columns2<Avx2, Vector256<float>>>(list, InstructionSetKind.Avx2);
        AddTiles<Neon, Vector128<float>, Columns4<Neon, Vector128<float>>>(list, InstructionSetKind.Neon);
        AddTiles<Scalar, Float4, Columns4<Scalar, Float4>>(list, InstructionSetKind.Scalar);
        return list;
    }

    private static void AddTiles<TIsa, TVector, TColumns>(List<KernelEntry> list, InstructionSetKind isa)
        where TIsa : struct, ISimd<TVector>
        where TVector : struct
        where TColumns : struct, IColumns<TColumns, TIsa, TVector>
    {
        AddPixelRows<PixelRows1<TColumns, TIsa, TVector>, TColumns, TIsa, TVector>(list, isa);
        AddPixelRows<PixelRows2<TColumns, TIsa, TVector>, TColumns, TIsa, TVector>(list, isa);
        AddPixelRows<PixelRows3<TColumns, TIsa, TVector>, TColumns, TIsa, TVector>(list, isa);
        AddPixelRows<PixelRows4<TColumns, TIsa, TVector>, TColumns, TIsa, TVector>(list, isa);
        AddPixelRows<PixelRows5<TColumns, TIsa, TVector>, TColumns, TIsa, TVector>(list, isa);
        AddPixelRows<PixelRows6<TColumns, TIsa, TVector>, TColumns, TIsa, TVector>(list, isa);
        AddPanelRows<PanelRows1<TColumns, TIsa, TVector>, TColumns, TIsa, TVector>(list, isa);
        AddPanelRows<PanelRows2<TColumns, TIsa, TVector>, TColumns, TIsa, TVector>(list, isa);
        AddPanelRows<PanelRows3<TColumns, TIsa, TVector>, TColumns, TIsa, TVector>(list, isa);
        AddPanelRows<PanelRows4<TColumns, TIsa, TVector>, TColumns, TIsa, TVector>(list, isa);
        AddPanelRows<PanelRows5<TColumns, TIsa, TVector>, TColumns, TIsa, TVector>(list, isa);
        AddPanelRows<PanelRows6<TColumns, TIsa, TVector>, TColumns, TIsa, TVector>(list, isa);
        AddPanelRows<PanelRows7<TColumns, TIsa, TVector>, TColumns, TIsa, TVector>(list, isa);
        AddScalarRows<ScalarRows1<TColumns, TIsa, TVector>, TColumns, TIsa, TVector>(list, isa);
        AddScalarRows<ScalarRows2<TColumns, TIsa, TVector>, TColumns, TIsa, TVector>(list, isa);
        AddScalarRows<ScalarRows3<TColumns, TIsa, TVector>, TColumns, TIsa, TVector>(list, isa);
        AddScalarRows<ScalarRows4<TColumns, TIsa, TVector>, TColumns, TIsa, TVector>(list, isa);
        AddScalarRows<ScalarRows5<TColumns, TIsa, TVector>, TColumns, TIsa, TVector>(list, isa);
        AddScalarRows<ScalarRows6<TColumns, TIsa, TVector>, TColumns, TIsa, TVector>(list, isa);
    }

    private static void AddPixelRows<TRows, TColumns, TIsa, TVector>(List<KernelEntry> list, InstructionSetKind isa)
        where TRows : struct, IPixelRows<TColumns, TIsa, TVector>
        where TColumns : struct, IColumns<TColumns, TIsa, TVector>
        where TIsa : struct, ISimd<TVector>
        where TVector : struct
    {
        delegate*<TapArguments*, void> run = &TapKernel<TRows, TColumns, TIsa, TVector>.Run;
        list.Add(Entry("forward_dense", KernelFamily.Tap, isa, TRows.Count, TColumns.Count, TIsa.Lanes, (nint)run));
        delegate*<DotArguments*, void> dots = &DotKernel<TRows, TColumns, TIsa, TVector>.Run;
        list.Add(Entry("dots", KernelFamily.Dot, isa, TRows.Count, TColumns.Count, TIsa.Lanes, (nint)dots));
        if (TColumns.Count * TIsa.Lanes != LaneBlock.Size) return;
        delegate*<TapArguments*, void> lanes = &LaneTapKernel<TRows, TColumns, TIsa, TVector>.Run;
        list.Add(Entry("depthwise_dense", KernelFamily.LaneTap, isa, TRows.Count, TColumns.Count, TIsa.Lanes, (nint)lanes));
        delegate*<SddmmArguments*, void> masked = &SddmmKernel<TRows, TColumns, TIsa, TVector>.Run;
        list.Add(Entry("sddmm", KernelFamily.Sddmm, isa, TRows.Count, TColumns.Count, TIsa.Lanes, (nint)masked));
    }

    private static void AddPanelRows<TRows, TColumns, TIsa, TVector>(List<KernelEntry> list, InstructionSetKind isa)
        where TRows : struct, IPanelRows<TColumns, TIsa, TVector>
        where TColumns : struct, IColumns<TColumns, TIsa, TVector>
        where TIsa : struct, ISimd<TVector>
        where TVector : struct
    {
        delegate*<SpmmArguments*, void> run = &SpmmKernel<TRows, TColumns, TIsa, TVector>.Run;
        list.Add(Entry("spmm", KernelFamily.Spmm, isa, TRows.Count, TColumns.Count, TIsa.Lanes, (nint)run));
        if (TColumns.Count * TIsa.Lanes == LaneBlock.Size) AddLists<TRows, TColumns, TIsa, TVector>(list, isa);
    }

    private static void AddLists<TRows, TColumns, TIsa, TVector>(List<KernelEntry> list, InstructionSetKind isa)
        where TRows : struct, IPanelRows<TColumns, TIsa, TVector>
        where TColumns : struct, IColumns<TColumns, TIsa, TVector>
        where TIsa : struct, ISimd<TVector>
        where TVector : struct
    {
        delegate*<ListArguments*, void> lists = &ListKernel<TRows, TColumns, TIsa, TVector, Adjoining>.Run;
        list.Add(Entry("lists", KernelFamily.List, isa, TRows.Count, TColumns.Count, TIsa.Lanes, (nint)lists));
        delegate*<ListArguments*, void> strided = &ListKernel<TRows, TColumns, TIsa, TVector, Apart>.Run;
        list.Add(Entry("lists_strided", KernelFamily.StridedList, isa, TRows.Count, TColumns.Count, TIsa.Lanes, (nint)strided));

        // Beside seven pixels NEON has no register left for what it multiplies, and AVX2 none for the second half of the sums.
        if (isa is InstructionSetKind.Neon or InstructionSetKind.Avx2 && TRows.Count >= 7) return;
        delegate*<ListSddmmArguments*, void> wanted = &ListSddmmKernel<TRows, TColumns, TIsa, TVector, Adjoining>.Run;
        list.Add(Entry("sddmm_lists", KernelFamily.ListSddmm, isa, TRows.Count, TColumns.Count, TIsa.Lanes, (nint)wanted));
        delegate*<ListSddmmArguments*, void> wantedStrided = &ListSddmmKernel<TRows, TColumns, TIsa, TVector, Apart>.Run;
        list.Add(Entry("sddmm_lists_strided", KernelFamily.StridedListSddmm, isa, TRows.Count, TColumns.Count, TIsa.Lanes, (nint)wantedStrided));
    }

    private static void AddScalarRows<TRows, TColumns, TIsa, TVector>(List<KernelEntry> list, InstructionSetKind isa)
        where TRows : struct, IScalarRows<TColumns, TIsa, TVector>
        where TColumns : struct, IColumns<TColumns, TIsa, TVector>
        where TIsa : struct, ISimd<TVector>
        where TVector : struct
    {
        delegate*<OuterProductArguments*, void> run = &OuterProductKernel<TRows, TColumns, TIsa, TVector>.Run;
        list.Add(Entry("backwardweights_dense", KernelFamily.OuterProduct, isa, TRows.Count, TColumns.Count, TIsa.Lanes, (nint)run));
        if (TColumns.Count * TIsa.Lanes != LaneBlock.Size) return;
        delegate*<TapArguments*, void> batch = &BatchTapKernel<TRows, TColumns, TIsa, TVector>.Run;
        list.Add(Entry("forward_dense_batch", KernelFamily.BatchTap, isa, TRows.Count, TColumns.Count, TIsa.Lanes, (nint)batch));
    }

    private static KernelEntry Entry(string name, KernelFamily family, InstructionSetKind isa, int rows, int vectors, int lanes, nint function) =>
        new($"{name}_{InstructionSet.NameOf(isa)}_{rows}x{vectors}", family, isa, rows, vectors, vectors * lanes, function);
}
