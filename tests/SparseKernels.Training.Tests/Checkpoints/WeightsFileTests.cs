using SparseKernels.Files;
using SparseKernels.Sparsity;
using SparseKernels.TestSupport;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Files;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Randomness;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Checkpoints;

public class WeightsFileTests
{
    [Theory]
    [InlineData(0.0)]
    [InlineData(0.05)]
    [InlineData(0.5)]
    [InlineData(1.0)]
    public void WriteThenRead_SparseForm_SameTensorsAndMasks(double density)
    {
        using var folder = new TemporaryFolder();
        var (tensors, masks) = Weights(density, new CoarseGroup(4, WholeFilter: true, InputChannels: 2));
        Write(folder.File("a.safetensors"), new WeightsFile(tensors, masks) { ClassNames = ["cats", "dogs"] }, dense: false);

        var read = WeightsFile.Read(folder.File("a.safetensors"));

        Assert.Equal(["cats", "dogs"], read.ClassNames);
        Assert.Equal(tensors.Select(tensor => tensor.Name), read.Tensors.Select(tensor => tensor.Name));
        foreach (var (expected, got) in tensors.Zip(read.Tensors))
        {
            Assert.Equal(expected.Shape, got.Shape);
            Assert.Equal(expected.Values, got.Values);
        }

        foreach (var (expected, got) in masks.Zip(read.Masks))
        {
            Assert.Equal((expected.Name, expected.Mask.Group, expected.Mask.Count), (got.Name, got.Mask.Group, got.Mask.Count));
            Assert.All(Enumerable.Range(0, expected.Mask.Shape.WeightLength), i => Assert.Equal(expected.Mask[i], got.Mask[i]));
        }
    }

    [Theory]
    [InlineData(float.NaN, true, false)]
    [InlineData(float.PositiveInfinity, false, true)]
    [InlineData(float.NegativeInfinity, true, true)]
    public void Read_WeightThatIsNotFinite_IsRefusedByName(float wrong, bool dense, bool first)
    {
        using var folder = new TemporaryFolder();
        var (tensors, masks) = Weights(density: 1, CoarseGroup.Default);
        tensors[^1].Values[first ? 0 : ^1] = wrong;
        Write(folder.File("a.safetensors"), new WeightsFile(tensors, masks), dense);
        var message = Assert.Throws<InvalidDataException>(() => WeightsFile.Read(folder.File("a.safetensors"))).Message;
        Assert.Contains("expected finite weights", message, StringComparison.Ordinal);
        Assert.Contains($"'{tensors[^1].Name}", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_NinetyFivePercentPruned_UnderTwelvePercentOfTheSizeAndAsDocumented()
    {
        using var folder = new TemporaryFolder();
        var (tensors, masks) = Weights(density: 0.05, CoarseGroup.Default);
        Write(folder.File("sparse.safetensors"), new WeightsFile(tensors, masks), dense: false);
        Write(folder.File("dense.safetensors"), new WeightsFile(tensors, masks), dense: true);
        var ratio = (double)new FileInfo(folder.File("sparse.safetensors")).Length / new FileInfo(folder.File("dense.safetensors")).Length;
        Assert.InRange(ratio, 0.07, 0.12);

        var plain = SafetensorsFile.Read(folder.File("dense.safetensors"));
        Assert.Equal("pt", plain.Metadata["format"]);
        Assert.Equal(tensors.Select(tensor => tensor.Name), plain.Tensors.Select(tensor => tensor.Name));
        Assert.Empty(plain.Bytes);
        Assert.Empty(WeightsFile.Read(folder.File("dense.safetensors")).Masks);

        var file = SafetensorsFile.Read(folder.File("sparse.safetensors"));
        Assert.Equal(("sparsekernels-sparse", "1", "7"), (file.Metadata["format"], file.Metadata["version"], file.Metadata["step"]));
        Assert.Equal(
            ("40 33 3 3", "16 1 row", "20 66"),
            (file.Metadata["shape.conv.weight"], file.Metadata["group.conv.weight"], file.Metadata["shape.fc.weight"]));
        Assert.Equal(["conv.weight.values", "conv.bias", "fc.weight.values"], file.Tensors.Select(tensor => tensor.Name));
        Assert.Equal(["conv.weight.mask", "fc.weight.mask"], file.Bytes.Select(tensor => tensor.Name));
        var (bitmap, values) = (file.Bytes[0].Values, file.Tensors[0].Values);
        var next = 0;
        for (var i = 0; i < tensors[0].Values.Length; i++)
            Assert.Equal(tensors[0].Values[i], (bitmap[i / 8] >> (i % 8) & 1) != 0 ? values[next++] : 0f);
        Assert.Equal(values.Length, next);
    }

    [Fact]
    public void Read_DamagedSparseForm_ThrowsNamingFileAndTensor()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.safetensors");
        var metadata = new Dictionary<string, string> { ["format"] = "sparsekernels-sparse", ["version"] = "1", ["shape.w"] = "2 1 1 1", ["group.w"] = "16 1 row" };
        Damaged("there are no values for the mask 'w.mask'", new SafetensorsFile([], [Bitmap(1)], metadata));
        Damaged("'w' must have 1 values", new SafetensorsFile([new NamedTensor("w.values", [2], [1, 2])], [Bitmap(1)], metadata));
        Damaged("bits past its 2 weights", new SafetensorsFile([new NamedTensor("w.values", [1], [1])], [Bitmap(4)], metadata));
        Damaged("the sizes of 'w' must read like", new SafetensorsFile([new NamedTensor("w.values", [1], [1])], [Bitmap(1)], Without("shape.w")));
        Damaged(
            "the sizes of 'w' must read like",
            new SafetensorsFile([new NamedTensor("w.values", [1], [1])], [Bitmap(1)], With("shape.w", "2000000 2000000")));
        Damaged(
            "the groups of the mask of 'w' must read like",
            new SafetensorsFile([new NamedTensor("w.values", [1], [1])], [Bitmap(1)], Without("group.w")));
        Damaged("expected version 1 of format sparsekernels-sparse, got 2", new SafetensorsFile([], [], With("version", "2")));
        Damaged(
            "expected 'w' plain or in values and mask, got both",
            new SafetensorsFile([new NamedTensor("w", [1], [1]), new NamedTensor("w.values", [1], [1])], [Bitmap(1)], metadata));
        Damaged("got bytes for 'w.mask'", new SafetensorsFile([], [Bitmap(1)], Without("format")));

        void Damaged(string expected, SafetensorsFile file)
        {
            using (var stream = File.Create(path)) file.WriteTo(stream);
            var message = Assert.Throws<InvalidDataException>(() => WeightsFile.Read(path)).Message;
            Assert.Contains(expected, message, StringComparison.Ordinal);
            Assert.Contains(path, message, StringComparison.Ordinal);
        }

        Dictionary<string, string> Without(string key) => metadata.Where(pair => pair.Key != key).ToDictionary();

        Dictionary<string, string> With(string key, string value) => new(metadata) { [key] = value };
    }

    [Fact]
    public void Restore_AnotherSeedsNetwork_HasTheWeightsAndMasks()
    {
        using var from = SmallNetwork.Create(batch: 4, seed: 1);
        using var to = SmallNetwork.Create(batch: 4, seed: 2);
        SmallNetwork.Mask(from, density: 0.3);
        var images = Samples.Gaussian(4 * SmallNetwork.Input.Length);
        var (expected, got) = (new float[4 * SmallNetwork.Classes], new float[4 * SmallNetwork.Classes]);
        from.Predict(images, expected);
        to.Predict(images, got);
        Assert.NotEqual(expected, got);

        Of(from).Restore(to);

        to.Predict(images, got);
        Assert.Equal(expected, got);
        foreach (var (a, b) in from.Parameters.Zip(to.Parameters)) Assert.Equal(a.Mask?.Words.ToArray(), b.Mask?.Words.ToArray());
    }

    [Fact]
    public void Restore_TensorMissing_ThrowsNamingItAndWritesNothing()
    {
        using var from = SmallNetwork.Create(batch: 4, seed: 1);
        using var to = SmallNetwork.Create(batch: 4, seed: 2);
        var before = to.State.Select(tensor => tensor.Values.ToArray()).ToArray();
        var whole = Of(from);
        var cut = new WeightsFile([.. whole.Tensors.SkipLast(1)], whole.Masks);
        Assert.Contains(
            whole.Tensors[^1].Name, Assert.Throws<InvalidDataException>(() => cut.Restore(to)).Message, StringComparison.Ordinal);
        Assert.Equal(before, to.State.Select(tensor => tensor.Values));
    }

    private static NamedBytes Bitmap(byte bits) => new("w.mask", [1], [bits]);

    private static WeightsFile Of(Network network)
    {
        var masked = network.Parameters.Where(parameter => parameter.Mask is not null);
        return new WeightsFile(network.State, [.. masked.Select(parameter => new NamedMask(parameter.Name, parameter.Mask!))]);
    }

    private static void Write(string path, WeightsFile weights, bool dense) =>
        AtomicFile.Write(path, weights.ToSafetensors(step: 7, dense).WriteTo);

    private static (NamedTensor[] Tensors, NamedMask[] Masks) Weights(double density, CoarseGroup group)
    {
        NamedTensor[] tensors =
        [
            new("conv.weight", [40, 33, 3, 3], Samples.Gaussian(40 * 33 * 9)),
            new("conv.bias", [40], Samples.Gaussian(40)),
            new("fc.weight", [20, 66], Samples.Gaussian(20 * 66)),
        ];
        NamedMask[] masks = [Mask(tensors[0], density, group), Mask(tensors[2], density, group)];
        return (tensors, masks);
    }

    private static NamedMask Mask(NamedTensor tensor, double density, CoarseGroup group)
    {
        var random = new RandomSource(9);
        var (r, s) = tensor.Shape.Length == 4 ? (tensor.Shape[2], tensor.Shape[3]) : (1, 1);
        var keep = new bool[tensor.Values.Length];
        for (var i = 0; i < keep.Length; i++)
        {
            keep[i] = random.NextSingle(0, 1) < density;
            if (!keep[i]) tensor.Values[i] = 0;
        }

        return new NamedMask(
            tensor.Name, WeightPattern.FromMask(new ConvolutionShape(1, tensor.Shape[1], r, s, tensor.Shape[0], r, s), keep, group));
    }
}
