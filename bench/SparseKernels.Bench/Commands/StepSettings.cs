using System.Globalization;

namespace SparseKernels.Bench.Commands;

/// <summary>What the user asked of <c>ratios step</c>, <c>ratios predict</c> or <c>ratios traffic</c>.</summary>
/// <param name="Run">What every comparison takes.</param>
/// <param name="Models">Names in our catalogue.</param>
/// <param name="Schedules">How our convolutions choose, one row each.</param>
/// <param name="Masked">Share of weights that are masked, or null for none.</param>
/// <param name="WarmUpSteps">
/// Training steps before anything is timed, so that activations and weights are those of a network that learns.
/// </param>
/// <param name="DataFolder">CIFAR-10's folder, or null for the usual one.</param>
/// <param name="Layout">How our tensors lie; null for what the networks choose.</param>
/// <param name="Size">Height and width of an image; null for what each model is usually compared on.</param>
internal sealed record StepSettings(
    RunSettings Run, IReadOnlyList<string> Models, IReadOnlyList<KernelSchedule> Schedules, double? Masked, int WarmUpSteps,
    string? DataFolder, BlockedLayout? Layout = null, int? Size = null)
{
    /// <summary>As rows call it: <c>step automatic, w90%</c>, the share of zeros in w behind it.</summary>
    /// <param name="what">What is timed.</param>
    /// <param name="schedule">How ours chose.</param>
    public string NameOf(string what, KernelSchedule schedule) =>
        string.Create(CultureInfo.InvariantCulture, $"{what} {schedule}{(Masked is { } share ? $", w{100 * share:0.##}%" : "")}");

    /// <summary>As rows call a model: <c>resnet18@224</c>, the images' height and width behind it where they were asked for.</summary>
    /// <param name="model">Its name in the catalogue.</param>
    public string NameOf(string model) => Size is { } size ? string.Create(CultureInfo.InvariantCulture, $"{model}@{size}") : model;

    /// <summary>What a table's head says of weights and activations.</summary>
    public string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"{(Masked is { } share ? $"{100 * share:0.##} % of the weights of all layers but the first and the last masked at random on both sides" : "no masks")}; {WarmUpSteps} training steps before");
}
