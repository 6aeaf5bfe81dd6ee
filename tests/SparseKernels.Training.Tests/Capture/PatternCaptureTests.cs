using SparseKernels.TestSupport;
using SparseKernels.Threading;
using SparseKernels.Training.Capture;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Models;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Capture;

public class PatternCaptureTests
{
    private const int Batch = 3;

    [Fact]
    public void Step_LeNetObserved_WritesItsConvolutionsAndChangesNothing()
    {
        using var folder = new TemporaryFolder();
        var capture = new PatternCapture(folder.Path);
        capture.Begin(epoch: 2, step: 9);

        var seen = Losses(capture);

        Assert.Equal(Losses(null), seen);
        Assert.Equal(["conv1.patterns", "conv2.patterns"], Directory.GetFiles(folder.File("epoch-002")).Select(Path.GetFileName).Order());
        var (first, second) = (PatternFile.Read(folder.File("epoch-002/conv1.patterns")), PatternFile.Read(folder.File("epoch-002/conv2.patterns")));
        Assert.Equal(("conv1", 2, 9L), (first.Layer, first.Epoch, first.Step));
        Assert.Equal(1, first.Input.Density);
        Assert.Equal(1, first.InputMask.Density);
        Assert.Equal(new ConvolutionShape(Batch, 6, 14, 14, 16, 5, 5), second.Shape);
        Assert.InRange(second.Input.Density, 0.3, 0.99);
        Assert.Equal(PatternFileTests.Bits(second.Input), PatternFileTests.Bits(second.InputMask));

        // Behind conv2 stand a ReLU and a pooling of 2 by 2: at most one gradient of four comes back.
        Assert.InRange(second.OutputGradient.Density, 0.05, 0.25);
    }

    /// <summary>The losses of an observed step and the next.</summary>
    private static double[] Losses(IConvolutionObserver? observer)
    {
        using var network = ModelCatalogue.Create(
            "lenet", new FeatureShape(1, 28, 28), 10, Batch, topology: ComputeTopology.FromThreads(1));
        var sgd = new Sgd(network.Parameters, threads: 1);
        var images = Samples.Gaussian(Batch * network.Input.Length);
        var labels = Samples.Labels(Batch, 10);
        network.Observer = observer;
        var first = network.Step(images, labels, sgd, 0.01f).Loss;
        network.Observer = null;
        return [first, network.Step(images, labels, sgd, 0.01f).Loss];
    }
}
