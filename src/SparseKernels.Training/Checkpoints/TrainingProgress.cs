using System.Globalization;
using SparseKernels.Schemas;

namespace SparseKernels.Training.Checkpoints;

/// <summary>How far a run is: the numbers from which it goes on as if it had never stopped.</summary>
/// <param name="Epoch">The epoch in progress, from 0: as many are complete.</param>
/// <param name="Batch">The next batch of that epoch, from 0.</param>
/// <param name="Step">Optimiser steps done in all.</param>
/// <param name="Seed">The run's seed.</param>
public sealed record TrainingProgress(int Epoch, int Batch, long Step, ulong Seed)
{
    internal void AddTo(Dictionary<string, string> metadata)
    {
        metadata.Add("epoch", Epoch.ToString(CultureInfo.InvariantCulture));
        metadata.Add("batch", Batch.ToString(CultureInfo.InvariantCulture));
        metadata.Add("step", Step.ToString(CultureInfo.InvariantCulture));
        metadata.Add("seed", Seed.ToString(CultureInfo.InvariantCulture));
    }

    internal static TrainingProgress From(Fields fields) => new(
        fields.Number("epoch", NumberRules.Count), fields.Number("batch", NumberRules.Count), fields.Number("step", NumberRules.Steps),
        fields.Number("seed", NumberRules.Seed));
}
