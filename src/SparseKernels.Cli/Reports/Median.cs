namespace SparseKernels.Cli.Reports;

/// <summary>What one of several measurements is like that nothing disturbed much.</summary>
internal static class Median
{
    /// <summary>The middle value; the upper of the two middle ones of an even number.</summary>
    /// <param name="values">One or more.</param>
    public static T Of<T>(IReadOnlyCollection<T> values) => values.Order().ElementAt(values.Count / 2);
}
