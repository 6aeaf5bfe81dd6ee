using System.Threading.Channels;
using PictureServer.Classifiers;

namespace PictureServer;

/// <summary>As many workplaces as pictures are worked on at once, each with memory of its own: nothing is allocated for a request's image.</summary>
internal sealed class Workplaces
{
    private readonly Channel<Workplace> _free;

    public Workplaces(ServerOptions options, IClassifier classifier)
    {
        _free = Channel.CreateBounded<Workplace>(options.Workers);
        for (var i = 0; i < options.Workers; i++) Return(new Workplace(new float[classifier.Input.Length], new float[classifier.Classes]));
    }

    /// <summary>Waits for a free one, in the order of the requests.</summary>
    /// <exception cref="OperationCanceledException">The client went away first.</exception>
    public ValueTask<Workplace> TakeAsync(CancellationToken cancellation) => _free.Reader.ReadAsync(cancellation);

    /// <summary>Gives it to whoever waits.</summary>
    public void Return(Workplace place) => _free.Writer.TryWrite(place);

    /// <summary>One picture's memory.</summary>
    /// <param name="Image"><c>[3, S, S]</c>.</param>
    /// <param name="Probabilities"><c>[K]</c>.</param>
    public sealed record Workplace(float[] Image, float[] Probabilities);
}
