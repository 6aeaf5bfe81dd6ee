using System.Numerics.Tensors;
using SparseKernels.Training.Data;

namespace SparseKernels.Training.Tests.Support;

/// <summary>The linear classifier that a convolutional network has to beat: softmax of one weighted sum of all pixels per class.</summary>
internal static class SoftmaxRegression
{
    public static double TestAccuracy(IDataSet training, IDataSet test, int epochs, float rate)
    {
        var length = training.Channels * training.Height * training.Width;
        var weights = new float[training.Classes][];
        for (var c = 0; c < weights.Length; c++) weights[c] = new float[length + 1];
        var normalisation = Normalisation.Measure(training);
        var image = new float[length + 1];
        var scores = new float[training.Classes];
        var order = Enumerable.Range(0, training.Count).ToArray();
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            new RandomSource(1, 0, (ulong)epoch).Shuffle(order);
            foreach (var i in order)
            {
                Score(training, i, normalisation, weights, image, scores);
                TensorPrimitives.SoftMax(scores, scores);
                scores[training.Label(i)] -= 1;
                for (var c = 0; c < weights.Length; c++) TensorPrimitives.MultiplyAdd(image, -rate * scores[c], weights[c], weights[c]);
            }
        }

        var right = 0;
        for (var i = 0; i < test.Count; i++)
        {
            Score(test, i, normalisation, weights, image, scores);
            if (TensorPrimitives.IndexOfMax<float>(scores) == test.Label(i)) right++;
        }

        return (double)right / test.Count;
    }

    private static void Score(IDataSet data, int index, Normalisation normalisation, float[][] weights, float[] image, float[] scores)
    {
        data.CopyImage(index, image.AsSpan(0, image.Length - 1));
        normalisation.Apply(image.AsSpan(0, image.Length - 1));
        image[^1] = 1;
        for (var c = 0; c < scores.Length; c++) scores[c] = TensorPrimitives.Dot<float>(image, weights[c]);
    }
}
