using SparseKernels.Isa;
using SparseKernels.Tensors;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using SparseKernels.Threading;
using Xunit;

namespace SparseKernels.Tests;

[Collection(SoloCollection.Name)]
public sealed class ConvolutionPlanAllocationTests
{
    [Theory]
    [InlineData("3 to 64, 32x32, 3x3")]
    [InlineData("16 to 16, 32x8, 3x3, batch 16")]
    [InlineData("64 to 128, 28x14, 3x3, stride 2")]
    [InlineData("depthwise 128, 28x28, 3x3")]
    [InlineData("32 groups, 128 to 128, 14x14, 3x3")]
    [InlineData("as linear, 512 to 10, 1x1")]
    public void AllPasses_AfterTheFirstCall_AllocateNothing(string layer)
    {
        var shape = ConvolutionLayers.All[layer];
        var data = ConvolutionLayers.Case(layer).Floats();
        float[] plainY = new float[shape.OutputLength], plainDx = new float[shape.InputLength], dw = new float[shape.WeightLength], dbias = new float[shape.K];
        foreach (var isa in InstructionSet.Available)
        {
            foreach (var threads in (int[])[1, 2])
            {
                using var plan = Plans.Make(shape, isa, ComputeTopology.FromThreads(threads));
                using BlockedTensor x = plan.CreateInput(), y = plan.CreateOutput(), dx = plan.CreateInput(), dy = plan.CreateOutput();
                using var w = plan.CreatePackedWeights();
                x.CopyFromNchw(data.X);
                dy.CopyFromNchw(data.Dy);
                w.Update(data.W);
                None("Forward, blocked", () => plan.Forward(x, w, data.Bias, y));
                None("BackwardData, blocked", () => plan.BackwardData(dy, w, dx));
                None("BackwardWeights, blocked", () => plan.BackwardWeights(x, dy, dw, dbias));
                None("Update of weights", () => w.Update(data.W));
                None("Update of weights and both passes that use them", () =>
                {
                    w.Update(data.W);
                    plan.Forward(x, w, data.Bias, y);
                    plan.BackwardData(dy, w, dx);
                });
                using BlockedTensor planarX = plan.CreateInput(BlockedLayout.Planar), planarY = plan.CreateOutput(BlockedLayout.Planar);
                planarX.CopyFromNchw(data.X);
                None("Forward, planar", () => plan.Forward(planarX, w, data.Bias, planarY));
                None("Forward, NCHW", () => plan.Forward(data.X, data.W, data.Bias, plainY));
                None("BackwardData, NCHW", () => plan.BackwardData(data.Dy, data.W, plainDx));
                None("BackwardWeights, NCHW", () => plan.BackwardWeights(data.X, data.Dy, dw, dbias));

                None("Forward, NCHW and packed weights", () => plan.Forward(data.X, w, data.Bias, plainY));
                None("BackwardData, NCHW and packed weights", () => plan.BackwardData(data.Dy, w, plainDx));
                None("Forward, NHWC", () => plan.Forward(data.X, w, data.Bias, plainY, PlainLayout.Nhwc));
                None("BackwardData, NHWC", () => plan.BackwardData(data.Dy, w, plainDx, PlainLayout.Nhwc));
                None("BackwardWeights, NHWC", () => plan.BackwardWeights(data.X, data.Dy, dw, dbias, PlainLayout.Nhwc));

                void None(string what, Action action)
                {
                    var bytes = Allocations.Least(action);
                    Assert.True(
                        bytes == 0,
                        $"{what}: {bytes} bytes allocated in each call, {InstructionSet.NameOf(isa)}, {threads} threads, {shape}");
                }
            }
        }
    }
}
