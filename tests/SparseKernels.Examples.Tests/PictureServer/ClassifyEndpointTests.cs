using Microsoft.AspNetCore.Http;
using PictureServer;
using PictureServer.Classifiers;
using PictureServer.Requests;
using SparseKernels.Images;
using SparseKernels.Training.Data;
using SparseKernels.Training.Tensors;
using Xunit;

namespace SparseKernels.Examples.Tests.PictureServer;

public class ClassifyEndpointTests
{
    private const int Size = 8;

    [Fact]
    public async Task HandleAsync_ClientGoneBefore_DoesNoWork()
    {
        var classifier = new CountingClassifier();
        Assert.Equal(Refusal.ClientGone, await RunAsync(classifier, new Workplaces(s_one, classifier), new CancellationToken(canceled: true)));
        Assert.Equal(0, classifier.Calls);
    }

    [Fact]
    public async Task HandleAsync_ClientGoesWhileItWaits_LeavesTheQueueAndDoesNoWork()
    {
        var classifier = new CountingClassifier();
        var places = new Workplaces(s_one, classifier);
        var taken = await places.TakeAsync(TestContext.Current.CancellationToken);
        using var gone = new CancellationTokenSource();
        var waiting = RunAsync(classifier, places, gone.Token);
        Assert.False(waiting.IsCompleted);
        await gone.CancelAsync();
        Assert.Equal(Refusal.ClientGone, await waiting);
        places.Return(taken);
        Assert.Equal(0, classifier.Calls);
        Assert.Equal(StatusCodes.Status200OK, await RunAsync(classifier, places, TestContext.Current.CancellationToken));
        Assert.Equal(1, classifier.Calls);
    }

    [Fact]
    public async Task HandleAsync_NoPicture_GivesItsWorkplaceBack()
    {
        var classifier = new CountingClassifier();
        var places = new Workplaces(s_one, classifier);
        for (var i = 0; i < 3; i++)
            Assert.Equal(StatusCodes.Status400BadRequest, await RunAsync(classifier, places, TestContext.Current.CancellationToken, [1, 2, 3]));
        Assert.Equal(0, classifier.Calls);
    }

    private static readonly ServerOptions s_one = new() { Workers = 1 };

    private static async Task<int?> RunAsync(IClassifier classifier, Workplaces places, CancellationToken cancellation, byte[]? body = null)
    {
        var context = new DefaultHttpContext();
        context.Request.Body = new MemoryStream(body ?? RunningServer.Picture);
        context.Request.ContentType = "image/jpeg";
        var result = await ClassifyEndpoint.HandleAsync(context.Request, places, new PictureReader(Size), classifier, s_one, cancellation);
        return (result as IStatusCodeHttpResult)?.StatusCode;
    }

    private sealed class CountingClassifier : IClassifier
    {
        public int Calls { get; private set; }

        public string Engine => "none";

        public string Model => "none";

        public FeatureShape Input => new(3, Size, Size);

        public int Classes => 2;

        public IReadOnlyList<string> ClassNames => [];

        public Normalisation? Normalisation => null;

        public void Classify(float[] image, Span<float> probabilities) => Calls++;

        public void Dispose()
        {
        }
    }
}
