using SparseKernels.Tensors;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Networks;

public static class OneCallerTests
{
    private const int Batch = 4;

    [Fact]
    public static void Network_SecondCallerWhileTheFirstIsInside_Throws()
    {
        using var network = SmallNetwork.Create(Batch);
        var images = Samples.Gaussian(Batch * network.Input.Length);
        var labels = new int[Batch];
        var logits = new float[Batch * network.Classes];
        var second = new SecondCaller(
        [
            () => network.Predict(images, logits), () => network.Evaluate(images, labels), () => network.ComputeGradients(images, labels),
            network.Dispose,
        ]);
        network.Observer = second;
        network.ComputeGradients(images, labels);
        Assert.NotEmpty(second.Failures);
        Assert.All(second.Failures, failure => Assert.Contains("one caller at a time", Assert.IsType<InvalidOperationException>(failure).Message));

        // The first has left.
        network.Observer = null;
        network.Predict(images, logits);
    }

    [Fact]
    public static void Network_CallThatFailed_LetsTheNextIn()
    {
        using var network = SmallNetwork.Create(Batch);
        var images = Samples.Gaussian(Batch * network.Input.Length);
        Assert.Throws<ArgumentException>(() => network.ComputeGradients(images, new int[Batch + 1]));
        network.ComputeGradients(images, new int[Batch]);
    }

    /// <summary>Makes calls on other threads while a training step runs.</summary>
    private sealed class SecondCaller(Action[] calls) : IConvolutionObserver
    {
        public List<Exception?> Failures { get; } = [];

        public void Observe(string layer, ConvolutionShape shape, BlockedTensor x, BlockedTensor dy)
        {
            foreach (var call in calls)
            {
                var thread = new Thread(() => Failures.Add(Record.Exception(call)));
                thread.Start();
                thread.Join();
            }
        }
    }
}
