namespace SparseKernels.Passes.Frame;

/// <summary>A way to run a pass: what one folder of <c>Passes</c> holds, as a row of the catalogue needs it.</summary>
/// <param name="Name">As calibration files have it behind the pass: <c>datafine</c>.</param>
/// <param name="TermNames">What the coefficients of its time multiply, in their order.</param>
internal abstract record PassWay(string Name, IReadOnlyList<string> TermNames)
{
    /// <summary>A term's place by its name; −1 if there is none.</summary>
    public int IndexOf(string term)
    {
        for (var i = 0; i < TermNames.Count; i++)
        {
            if (TermNames[i] == term) return i;
        }

        return -1;
    }
}
