using System.Diagnostics;
using SparseKernels.Pruning;
using SparseKernels.Training.Data;

namespace SparseKernels.Training;

// How good the network is: after every epoch, and before pruning goes on.
public sealed partial class Trainer
{
    /// <summary>Tells pruning how accurate the network is; the epoch's times leave it out.</summary>
    private void Judge(TrainingImages images, ref EpochTotals totals)
    {
        var start = Stopwatch.GetTimestamp();
        _pruning!.OrderChannels();
        if (_pruning.HoldsOut) _pruning.OnEvaluation(Validate(images.Validation));
        else _pruning.OnEvaluation();
        var time = Stopwatch.GetElapsedTime(start);
        _validationTime += time;
        totals.LeaveOut(time);
    }

    private ValidationResult Validate(BatchLoader? validation)
    {
        _skipped.AddRange(SkippedOperands.Of(Network.Plans));
        var seen = Evaluate(validation);
        ResetTotals();
        return new ValidationResult(double.IsFinite(seen.Loss) ? seen.Accuracy : double.NaN, ValidationImages);
    }

    /// <summary>Loss and accuracy on the test images as the network is now.</summary>
    internal (double Loss, double Accuracy) Evaluate()
    {
        using var test = _images.Test();
        var totals = EvaluateAverage(test);
        return (totals.Loss, totals.Accuracy);
    }

    /// <summary>Of the running average of the weights, where there is one.</summary>
    private EpochTotals EvaluateAverage(BatchLoader? test)
    {
        _average?.Swap();
        var totals = Evaluate(test);
        _average?.Swap();
        return totals;
    }

    private void ResetTotals()
    {
        foreach (var layer in Network.Plans) layer.Plan.ResetTotals();
    }

    private EpochTotals Evaluate(BatchLoader? test)
    {
        var repeats = _options.Schedule.Mode == KernelScheduleMode.Reproducible;
        var choices = repeats ? Network.Choices : [];
        if (repeats) Network.ForgetChoices();
        var totals = new EpochTotals();
        for (var i = 0; i < (test?.BatchesPerEpoch ?? 0); i++)
        {
            var batch = test!.Next();
            totals.Add(Network.Evaluate(batch.Images.AsSpan(0, batch.Count * Network.Input.Length), batch.Labels.AsSpan(0, batch.Count)));
        }

        _ranks.Sum(ref totals);
        if (!repeats) return totals;

        // A run that goes on from here finds weights to pack and these choices, and nothing of the evaluation.
        Network.Choices = choices;
        Network.Touch();
        return totals;
    }
}
