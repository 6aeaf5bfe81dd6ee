namespace SparseKernels.Bench.Sparsity;

/// <summary>
/// The share of a convolution's products that a pair's zeros leave: those whose factor, or result, is live in both operands. Products
/// with padding count on neither side of the share.
/// </summary>
internal static class WorkLeft
{
    /// <summary>Counts exactly.</summary>
    /// <param name="shape">The layer, with its batch.</param>
    /// <param name="pair">The operands whose zeros count.</param>
    /// <param name="patterns">Their zeros.</param>
    /// <returns>0 to 1.</returns>
    public static double Share(ConvolutionShape shape, OperandPair pair, OperandPatterns patterns)
    {
        var all = Count(shape, pair, OperandPatterns.Full);
        return all == 0 ? 0 : (double)Count(shape, pair, patterns) / all;
    }

    /// <summary>Two operands share some indices: for each value of those, the products are all combinations of the rest.</summary>
    private static long Count(ConvolutionShape shape, OperandPair pair, OperandPatterns patterns)
    {
        long left = 0;
        for (var r = 0; r < shape.R; r++)
        {
            for (var s = 0; s < shape.S; s++)
            {
                var taps = new Tap(shape, r, s);
                left += !pair.Contains(Operand.Output) ? InputAndWeight(taps, patterns)
                    : !pair.Contains(Operand.Input) ? OutputAndWeight(taps, patterns)
                    : InputAndOutput(taps, patterns);
            }
        }

        return left;
    }

    private static long InputAndWeight(Tap tap, OperandPatterns patterns)
    {
        var shape = tap.Shape;
        long left = 0;
        for (var c = 0; c < shape.C; c++)
        {
            var (group, inGroup) = (c / shape.GroupC, c % shape.GroupC);
            long weights = 0, inputs = 0;
            for (var k = group * shape.GroupK; k < (group + 1) * shape.GroupK; k++) weights += Live(
                patterns.Weight, tap.Weight(k, inGroup));
            if (weights == 0) continue;
            for (var n = 0; n < shape.N; n++)
            {
                for (var pixel = 0; pixel < tap.Inputs.Length; pixel++) inputs += Live(
                    patterns.Input, (n * shape.C + c) * shape.H * shape.W + tap.Inputs[pixel]);
            }

            left += weights * inputs;
        }

        return left;
    }

    private static long OutputAndWeight(Tap tap, OperandPatterns patterns)
    {
        var shape = tap.Shape;
        long left = 0;
        for (var k = 0; k < shape.K; k++)
        {
            long weights = 0, outputs = 0;
            for (var c = 0; c < shape.GroupC; c++) weights += Live(patterns.Weight, tap.Weight(k, c));
            if (weights == 0) continue;
            for (var n = 0; n < shape.N; n++)
            {
                for (var pixel = 0; pixel < tap.Outputs.Length; pixel++) outputs += Live(
                    patterns.Output, (n * shape.K + k) * shape.P * shape.Q + tap.Outputs[pixel]);
            }

            left += weights * outputs;
        }

        return left;
    }

    private static long InputAndOutput(Tap tap, OperandPatterns patterns)
    {
        var shape = tap.Shape;
        long left = 0;
        for (var n = 0; n < shape.N; n++)
        {
            for (var group = 0; group < shape.Groups; group++)
            {
                for (var pixel = 0; pixel < tap.Inputs.Length; pixel++)
                {
                    long inputs = 0, outputs = 0;
                    for (var c = group * shape.GroupC; c < (group + 1) * shape.GroupC; c++) inputs += Live(
                        patterns.Input, (n * shape.C + c) * shape.H * shape.W + tap.Inputs[pixel]);
                    if (inputs == 0) continue;
                    for (var k = group * shape.GroupK; k < (group + 1) * shape.GroupK; k++) outputs += Live(
                        patterns.Output, (n * shape.K + k) * shape.P * shape.Q + tap.Outputs[pixel]);
                    left += inputs * outputs;
                }
            }
        }

        return left;
    }

    private static int Live(bool[]? pattern, int index) => pattern is null || pattern[index] ? 1 : 0;

    /// <summary>One tap of the filter, and the pixels that it joins.</summary>
    private readonly struct Tap
    {
        private readonly int _tap;

        public Tap(ConvolutionShape shape, int r, int s)
        {
            Shape = shape;
            _tap = r * shape.S + s;
            var (inputs, outputs) = (new List<int>(), new List<int>());
            for (var p = 0; p < shape.P; p++)
            {
                for (var q = 0; q < shape.Q; q++)
                {
                    var h = p * shape.Stride.Height - shape.Padding.Top + r * shape.Dilation.Height;
                    var w = q * shape.Stride.Width - shape.Padding.Left + s * shape.Dilation.Width;
                    if (h < 0 || h >= shape.H || w < 0 || w >= shape.W) continue;
                    inputs.Add(h * shape.W + w);
                    outputs.Add(p * shape.Q + q);
                }
            }

            (Inputs, Outputs) = ([.. inputs], [.. outputs]);
        }

        public ConvolutionShape Shape { get; }

        /// <summary>
        /// Pixels of an input's channel; the output pixel that each meets lies at the same index of <see cref="Outputs"/>.
        /// </summary>
        public int[] Inputs { get; }

        public int[] Outputs { get; }

        public int Weight(int k, int c) => (k * Shape.GroupC + c) * Shape.R * Shape.S + _tap;
    }
}
