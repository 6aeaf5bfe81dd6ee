using System.Globalization;
using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;

// A training loop of one's own, on arrays of its own: the library only prunes. It learns y = w·x, of which few weights matter.
const int Inputs = 64, Outputs = 16, Weights = Inputs * Outputs, Matter = 100, Steps = 600, Batch = 16;
const float Rate = 0.02f;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var random = new Random(1);
var truth = new float[Weights];
for (var i = 0; i < Matter; i++) truth[i] = 0.5f + random.NextSingle();
random.Shuffle(truth);

var weights = new float[Weights];
var gradient = new float[Weights];
for (var i = 0; i < Weights; i++) weights[i] = random.NextSingle() - 0.5f;

// Register any weights by their sizes; here with the cubic schedule, from step 100 to step 400.
var unit = new PruningUnit(new GradualMagnitude(final: 1 - (double)Matter / Weights, begin: 100, end: 400, interval: 20));
var layer = unit.Register("linear", [Outputs, Inputs], weights, gradient);

for (var step = 1; step <= Steps; step++)
{
    Array.Clear(gradient);
    var loss = 0.0;
    for (var n = 0; n < Batch; n++)
    {
        var x = new float[Inputs];
        for (var c = 0; c < Inputs; c++) x[c] = (2 * random.NextSingle()) - 1;
        for (var k = 0; k < Outputs; k++)
        {
            var error = 0f;
            for (var c = 0; c < Inputs; c++) error += (weights[(k * Inputs) + c] - truth[(k * Inputs) + c]) * x[c];
            for (var c = 0; c < Inputs; c++) gradient[(k * Inputs) + c] += error * x[c];
            loss += error * error / (Batch * Outputs);
        }
    }

    // Any optimiser; then the unit prunes when it is time, and keeps what is pruned at zero.
    for (var i = 0; i < Weights; i++) weights[i] -= Rate * gradient[i];
    unit.Step();
    if (step % 100 == 0) Console.WriteLine($"step {step}: loss {loss:F6}, {100 * layer.Sparsity:F1} % pruned");
}

var found = Enumerable.Range(0, Weights).Count(i => truth[i] != 0 && layer.Mask[i]);
Console.WriteLine($"{found} of the {Matter} weights that matter are among the {layer.Mask.Count} left.");
