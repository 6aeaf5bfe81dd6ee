// A TorchSharp program whose model is converted and pruned while it trains: torch keeps loss, optimiser and parameters.
using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;
using SparseKernels.TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

manual_seed(1);
var model = SparseTorch.Convert(Sequential(
    Conv2d(3, 16, 3, padding: 1), BatchNorm2d(16), ReLU(), MaxPool2d(2),
    Conv2d(16, 32, 3, padding: 1), BatchNorm2d(32), ReLU(), Conv2d(32, 32, 3, padding: 1), BatchNorm2d(32), ReLU(),
    AdaptiveAvgPool2d(2), Flatten(), Linear(32 * 4, 4))).Model;
using var optimizer = optim.Adam(model.parameters(), 2e-3);

// The first and the last layer stay dense; of the others nine weights of ten go, all at once, in step 20.
using var pruning = TorchPruning.Attach(new PruningUnit(new OneShotMagnitude(0.9, step: 20)), model);
for (var step = 1; step <= 60; step++)
{
    using var scope = NewDisposeScope();
    var (images, labels) = Pictures(32);
    optimizer.zero_grad();
    var loss = functional.cross_entropy(model.call(images), labels);
    loss.backward();
    optimizer.step();
    pruning.Step();
    if (step % 20 == 0) Console.WriteLine($"step {step}: loss {loss.item<float>():F3}");
}

model.eval();
using (no_grad())
{
    using var scope = NewDisposeScope();
    var (images, labels) = Pictures(200);
    Console.WriteLine($"{model.call(images).argmax(1).eq(labels).sum().item<long>()} of 200 right");
}

foreach (var layer in pruning.Unit.Layers) Console.WriteLine($"{layer.Name}: {layer.Sparsity:P1} zeros");

// Noise with a bright square in one of four corners.
static (Tensor Images, Tensor Labels) Pictures(int count)
{
    var (images, labels) = (randn(count, 3, 24, 24), randint(0, 4, [count], dtype: ScalarType.Int64));
    for (var n = 0; n < count; n++)
    {
        var (top, left) = Math.DivRem((int)labels[n].item<long>(), 2);
        images[n, .., (top * 12)..((top * 12) + 12), (left * 12)..((left * 12) + 12)].add_(1);
    }

    return (images, labels);
}
