// A TorchSharp program as one writes it, with the one line added that makes its convolutions run on SparseKernels.
using SparseKernels.TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

manual_seed(1);
var model = new Classifier();

// The line that is added. Parameters and names stay, so the optimiser and saved state dictionaries don't notice.
Console.WriteLine(SparseTorch.Convert(model));

using var optimizer = optim.SGD(model.parameters(), 0.05, momentum: 0.9, weight_decay: 5e-4);
for (var step = 1; step <= 40; step++)
{
    using var scope = NewDisposeScope();
    var (images, labels) = Pictures(32);
    optimizer.zero_grad();
    var loss = functional.cross_entropy(model.call(images), labels);
    loss.backward();
    optimizer.step();
    if (step % 20 == 0) Console.WriteLine($"step {step}: loss {loss.item<float>():F3}");
}

model.eval();
using (no_grad())
{
    using var scope = NewDisposeScope();
    var (images, labels) = Pictures(200);
    Console.WriteLine($"{model.call(images).argmax(1).eq(labels).sum().item<long>()} of 200 right");
}

// Noise with a bright square in one of four corners, of CIFAR's sizes.
static (Tensor Images, Tensor Labels) Pictures(int count)
{
    var (images, labels) = (randn(count, 3, 32, 32), randint(0, 4, [count], dtype: ScalarType.Int64));
    for (var n = 0; n < count; n++)
    {
        var (top, left) = Math.DivRem((int)labels[n].item<long>(), 2);
        images[n, .., (top * 16)..((top * 16) + 16), (left * 16)..((left * 16) + 16)].add_(1);
    }

    return (images, labels);
}

internal sealed class Classifier : Module<Tensor, Tensor>
{
    // Declared as Module<Tensor, Tensor> or Sequential, so that the fields can hold what the conversion puts there.
    private readonly Module<Tensor, Tensor> _features = Sequential(
        Conv2d(3, 16, 3, padding: 1), BatchNorm2d(16), ReLU(), MaxPool2d(2),
        Conv2d(16, 32, 3, padding: 1), BatchNorm2d(32), ReLU(), AdaptiveAvgPool2d(2), Flatten());

    private readonly Module<Tensor, Tensor> _classifier = Linear(32 * 4, 4);

    public Classifier()
        : base(nameof(Classifier)) => RegisterComponents();

    public override Tensor forward(Tensor input) => _classifier.call(_features.call(input));
}
