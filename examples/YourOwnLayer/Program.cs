using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Optimisation;

// A network with a layer of its own, OwnGroupNorm.cs beside this file (the library has the same as GroupNorm).
using var network = new Network(
    "mine", new(1, 8, 8), [new Conv2d("conv", 1, 8, 3), new OwnGroupNorm("gn", 2, 8), new AvgPool2d("pool", 2), new Linear("fc", new(8, 3, 3), 2)], batch: 32, seed: 1);
var (random, images, labels) = (new Random(1), new float[32 * 64], Enumerable.Range(0, 32).Select(n => n % 2).ToArray());
for (var i = 0; i < images.Length; i++) images[i] = random.NextSingle() + (labels[i / 64] == 0 ? i % 8 : i / 8 % 8) / 8f; // brighter to the right, or below
var sgd = new Sgd(network.Parameters);
for (var step = 0; step < 60; step++) network.Step(images, labels, sgd, 0.05f);
Console.WriteLine($"{network.Evaluate(images, labels).Correct} of 32 right, with {string.Join(", ", network.State.Select(tensor => tensor.Name))}");
