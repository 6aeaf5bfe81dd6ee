using SparseKernels.Bench.Learning;
using SparseKernels.Threading;
using SparseKernels.Training;

namespace SparseKernels.Bench.Commands;

/// <summary>
/// Inference with our networks by the door that a user takes: a <see cref="Predictor"/> of each; where the tensors' layout is given,
/// which a predictor chooses itself, the networks' own.
/// </summary>
internal sealed class OwnPredictions : IDisposable
{
    private readonly List<Predictor> _predictors = [];

    private OwnPredictions()
    {
    }

    /// <summary>Writes the logits of some images.</summary>
    public delegate void Prediction(ReadOnlySpan<float> images, Span<float> logits);

    /// <summary>One for each network.</summary>
    public List<Prediction> Each { get; } = [];

    /// <summary>Which door it is.</summary>
    public static string Door(StepSettings settings) => settings.Layout is null ? "by Predictor" : "by Network.Predict";

    /// <summary>Those of networks in the order of the schedules.</summary>
    public static OwnPredictions Of(IReadOnlyList<OwnTrainer> networks, StepSettings settings)
    {
        var made = new OwnPredictions();
        for (var i = 0; i < networks.Count; i++)
        {
            if (settings.Layout is not null)
            {
                made.Each.Add(networks[i].Network.Predict);
                continue;
            }

            var predictor = new Predictor(networks[i].Network, new()
            {
                Topology = ComputeTopology.FromThreads(settings.Run.Threads),
                Schedule = settings.Schedules[i],
            });
            made._predictors.Add(predictor);
            made.Each.Add(predictor.Predict);
        }

        return made;
    }

    public void Dispose()
    {
        foreach (var predictor in _predictors) predictor.Dispose();
    }
}
