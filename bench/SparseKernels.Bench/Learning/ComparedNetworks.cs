using SparseKernels.Bench.Peer;
using static TorchSharp.torch;

namespace SparseKernels.Bench.Learning;

/// <summary>
/// One model several times over: ours under each schedule, and in TorchSharp, all from the same start with the same masks on the same
/// images.
/// </summary>
internal sealed class ComparedNetworks : IDisposable
{
    /// <summary>Batches kept in memory: enough that a step's images are not those of the step before.</summary>
    private const int MostBatches = 64;

    /// <summary>Pixels kept in memory, all batches together: a quarter of a gigabyte.</summary>
    private const long MostPixels = 1 << 26;

    /// <summary>The warm-up's rate over the recipe's peak: every model learns at it from the first step.</summary>
    private const float WarmUpRate = 0.2f;

    /// <summary>Steps that are compared: the second is the first that momentum has a part in.</summary>
    private const int CheckedSteps = 3;

    /// <summary>The same on images larger than CIFAR's, on which a step may take seconds.</summary>
    private const int CheckedLongSteps = 2;

    /// <summary>Steps of libtorch on nudged images beside the one on the images as they are.</summary>
    private const int NudgedPeers = 3;

    /// <summary>By what share of itself a pixel is nudged at most: about as far as a value behind a few layers is rounded.</summary>
    private const float Nudge = 1e-6f;

    private readonly string _model;
    private readonly TrainingRecipe _recipe = new();
    private readonly KeptBatches _batches;

    /// <summary>Builds the networks.</summary>
    /// <param name="model">Its name in the catalogue.</param>
    /// <param name="sizes">Images in a batch, and threads.</param>
    /// <param name="schedules">How ours choose, one network each.</param>
    /// <param name="masked">Share of weights to mask, or null for none.</param>
    /// <param name="images">CIFAR-10's folder, or null for the usual one; and batches wanted.</param>
    /// <param name="hasPeer">Whether libtorch is there.</param>
    /// <param name="layout">How ours let tensors lie; by default as each chooses.</param>
    /// <param name="size">Height and width of an image; null for what the model is usually compared on.</param>
    /// <exception cref="ArgumentException">The images are too small for the model, or it has too few layers to mask some.</exception>
    /// <exception cref="IOException">The folder or a file in it is missing or unreadable.</exception>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public ComparedNetworks(
        string model, (int Batch, int Threads) sizes, IReadOnlyList<KernelSchedule> schedules, double? masked, (string? Folder, int Batches) images, bool hasPeer,
        BlockedLayout? layout = null, int? size = null)
    {
        _model = model;
        var input = OwnTrainer.InputOf(model, size);
        var most = Math.Clamp(MostPixels / ((long)sizes.Batch * input.Length), 1, MostBatches);
        _batches = KeptBatches.Gather(input, sizes.Batch, (int)Math.Clamp(images.Batches, 1, most), images.Folder, _recipe);
        Ours = [.. schedules.Select(schedule => new OwnTrainer(model, sizes, _recipe, schedule, layout, size))];
        if (masked is { } share)
        {
            foreach (var trainer in Ours) RandomMasks.Apply(trainer.Network, share);
        }

        Peer = hasPeer ? new TorchTrainer(Ours[0].Network, _recipe) : null;
    }

    /// <summary>Ours, one for each schedule.</summary>
    public IReadOnlyList<OwnTrainer> Ours { get; }

    /// <summary>TorchSharp's; null if libtorch is not there.</summary>
    public TorchTrainer? Peer { get; }

    /// <summary>What the images are.</summary>
    public string Source => _batches.Source;

    /// <summary>Some images of the first batches, and some more where those are too few.</summary>
    /// <param name="count">How many.</param>
    public float[] Images(int count)
    {
        var images = new float[count * Ours[0].Network.Input.Length];
        for (var (done, batch) = (0, 0); done < images.Length; batch++)
        {
            var part = _batches[batch].Images.AsSpan(0, Math.Min(_batches[batch].Images.Length, images.Length - done));
            part.CopyTo(images.AsSpan(done));
            done += part.Length;
        }

        return images;
    }

    /// <summary>
    /// Trains all some steps, each from the first one's state, and compares what the steps did with the same in double precision by libtorch; with
    /// the first one's where libtorch isn't there. What rounding may do, libtorch's own steps in single precision show.
    /// </summary>
    /// <exception cref="InvalidDataException">One's differs by more than rounding.</exception>
    public void Check()
    {
        using var precise = Peer is null ? null : new TorchTrainer(Ours[0].Network, _recipe, ScalarType.Float64);
        TorchTrainer[] nudged = Peer is null ? [] : [.. Enumerable.Range(0, NudgedPeers).Select(_ => new TorchTrainer(Ours[0].Network, _recipe))];
        try
        {
            for (var step = 0; step < (Ours[0].Network.Input.Height > 32 ? CheckedLongSteps : CheckedSteps); step++)
            {
                Check(step, precise, nudged);
                foreach (var trainer in Ours.Skip(1)) trainer.TakeState(Ours[0]);
                foreach (var trainer in (TorchTrainer?[])[Peer, precise, .. nudged]) trainer?.CopyState();
            }
        }
        finally
        {
            foreach (var trainer in nudged) trainer.Dispose();
        }
    }

    /// <summary>Trains ours, then gives TorchSharp's network the first one's values.</summary>
    /// <param name="steps">Steps.</param>
    /// <returns>The first network's loss before and after; the same for no steps.</returns>
    public (double Before, double After) WarmUp(int steps)
    {
        var (before, after) = (double.NaN, double.NaN);
        for (var step = 0; step < steps; step++)
        {
            foreach (var trainer in Ours)
            {
                var (images, labels) = _batches[step];
                var loss = trainer.Step(images, labels, WarmUpRate * _recipe.PeakRate);
                if (trainer != Ours[0]) continue;
                (before, after) = (step == 0 ? loss : before, loss);
            }
        }

        Peer?.CopyState();
        return (before, after);
    }

    /// <summary>What makes one training step after another with one network of ours, or with TorchSharp's for null.</summary>
    public Action Stepper(OwnTrainer? trainer) =>
        _batches.Stepper(trainer is null ? Peer!.Step : trainer.Step, WarmUpRate * _recipe.PeakRate);

    /// <inheritdoc/>
    public void Dispose()
    {
        Peer?.Dispose();
        foreach (var trainer in Ours) trainer.Dispose();
    }

    /// <summary>Images by seed, each of whose pixels is nudged by a share of itself.</summary>
    private static float[] Nudged(float[] images, int seed)
    {
        var random = new Random(seed);
        return Array.ConvertAll(images, pixel => pixel * (1 + (Nudge * ((2 * random.NextSingle()) - 1))));
    }

    private void Check(int step, TorchTrainer? precise, TorchTrainer[] nudged)
    {
        var (images, labels) = _batches[step];
        StepOutcome Step(TorchTrainer trainer, float[] pixels) => new(trainer.Step(pixels, labels, _recipe.PeakRate), trainer.ReadState());
        var start = Ours[0].ReadState();
        StepOutcome[] ours = [.. Ours.Select(trainer => new StepOutcome(trainer.Step(images, labels, _recipe.PeakRate), trainer.ReadState()))];
        List<StepOutcome> peers = Peer is null ? [] : [Step(Peer, images)];
        for (var i = 0; i < nudged.Length; i++) peers.Add(Step(nudged[i], Nudged(images, seed: (step * NudgedPeers) + i)));
        var expected = precise is null
            ? StepReference.Of("the first schedule", ours[0])
            : new StepReference("TorchSharp in double precision", precise.Step(images, labels, _recipe.PeakRate), precise.ReadPreciseState());
        foreach (var actual in ours)
            StepAgreement.Check($"{_model}: step {step} from the same state on the same images", Ours[0].Network, start, actual, expected, peers);
    }
}
