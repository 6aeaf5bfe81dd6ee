using System.Runtime.InteropServices;
using SparseKernels.Sparsity;
using SparseKernels.TestSupport;
using SparseKernels.TorchSharp.Tests.Support;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Files;
using SparseKernels.Training.Tensors;
using TorchSharp;
using TorchSharp.PyBridge;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SparseKernels.TorchSharp.Tests;

public sealed class StateDictTests : IDisposable
{
    private static readonly FeatureShape s_image = new(3, 13, 12);

    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File("model.safetensors");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ours", "ours")]
    [InlineData("ours", "PyBridge")]
    [InlineData("PyBridge", "ours")]
    public void StateDict_ThroughAFileOfEither_ComesBackBitForBit(string writer, string reader)
    {
        Torch.Need();
        using var model = Trained();
        if (writer == "ours") SparseTorch.SaveStateDict(model, Path);
        else model.save_safetensors(Path);
        manual_seed(77);
        using var other = Models.Row();
        if (reader == "PyBridge")
        {
            other.load_safetensors(Path);
        }
        else
        {
            var report = SparseTorch.LoadStateDict(other, Path);
            Assert.True(report.IsWhole);
            Assert.Equal(model.state_dict().Keys.Order(), report.Loaded.Order());
        }

        Same(model, other);
        Assert.Equal(3, other.get_buffer("bn1.num_batches_tracked")!.item<long>());
    }

    [Fact]
    public void SaveStateDict_TypesAndPlaces_AreTorchsAndAligned()
    {
        Torch.Need();
        using var model = Trained();
        SparseTorch.SaveStateDict(model, Path);
        var entries = new List<SafetensorsHeader.Entry>();
        var metadata = SafetensorsBytes.Read(Path, (entry, _) => entries.Add(entry));
        Assert.Equal("pt", metadata["format"]);
        Assert.All(entries, entry => Assert.Equal(entry.Name.EndsWith("num_batches_tracked", StringComparison.Ordinal) ? "I64" : "F32", entry.Type));
        Assert.All(entries, entry => Assert.Equal(0, entry.Begin % ElementTypes.SizeOf(entry.Type)!.Value));
        Assert.Equal([20, 3, 3, 3], entries.Single(entry => entry.Name == "conv1.weight").Shape);
    }

    [Fact]
    public void StateDict_AndNetwork_ReadEachOther()
    {
        Torch.Need();
        using var model = Trained();
        SparseTorch.SaveStateDict(model, Path);
        manual_seed(78);
        using var other = Models.Row();
        using var network = SparseTorch.ToNetwork(other, s_image);
        network.Load(Path);
        foreach (var tensor in network.State) Assert.Equal(Torch.Values(model.state_dict()[tensor.Name]), tensor.Values);

        // And back, plain and in the sparse form.
        var conv2 = network.Parameters.Single(parameter => parameter.Name == "conv2.weight");
        conv2.Mask = WeightPattern.FromMask(
            new ConvolutionShape(1, 20, 7, 6, 24, 3, 3, 2, 1, groups: 4), [.. Enumerable.Range(0, conv2.Length).Select(i => i % 3 == 0)]);
        network.Touch();
        foreach (var dense in (bool[])[true, false])
        {
            network.Save(Path, dense);
            using var third = Models.Row();
            Assert.True(SparseTorch.LoadStateDict(third, Path).IsWhole);
            foreach (var tensor in network.State) Assert.Equal(tensor.Values, Torch.Values(third.state_dict()[tensor.Name]));
            Assert.Equal(0, Torch.Values(third.get_parameter("conv2.weight")!)[1]);
        }
    }

    [Fact]
    public void LoadStateDict_ConvertedModel_RunsOnTheNewWeights()
    {
        Torch.Need();
        using var model = Trained();
        SparseTorch.SaveStateDict(model, Path);
        manual_seed(79);
        var converted = SparseTorch.Convert(Models.Row()).Model;
        model.eval();
        converted.eval();
        using var grad = no_grad();
        using var x = Torch.Noise(1, 4, 3, 13, 12);
        converted.call(x).Dispose();
        SparseTorch.LoadStateDict(converted, Path);
        Torch.Close(model.call(x), converted.call(x), 2e-5, "the logits");

        // The same names and values go out again.
        SparseTorch.SaveStateDict(converted, _folder.File("again"));
        Same(model, converted);
        Assert.Equal(File.ReadAllBytes(Path), File.ReadAllBytes(_folder.File("again")));
    }

    [Fact]
    public void LoadStateDict_OtherTypes_AreConvertedIfValuesSurvive()
    {
        Torch.Need();
        var values = (float[])[1, -2.5f, 0.375f];
        Write(
            Of("half", "F16", [3], Array.ConvertAll(values, value => (Half)value)), Of("double", "F64", [3], Array.ConvertAll(values, value => (double)value)),
            Of("brain", "BF16", [3], Array.ConvertAll(values, value => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16))), Of<long>("count", "I64", [], [7]),
            Of<byte>("flags", "BOOL", [2], [1, 0]), Of<byte>("bytes", "U8", [2], [3, 255]), Of<int>("ints", "I32", [2], [-1, 5]), Of<float>("whole", "F32", [1], [4]));
        using var model = new Buffers(
            ("half", zeros(3)), ("double", zeros(3, ScalarType.BFloat16)), ("brain", zeros(3, ScalarType.Float64)), ("count", zeros(1, ScalarType.Int32)),
            ("flags", zeros(2, ScalarType.Bool)), ("bytes", zeros(2, ScalarType.Int16)), ("ints", zeros(2, ScalarType.Int64)), ("whole", zeros([], ScalarType.Int64)));
        Assert.True(SparseTorch.LoadStateDict(model, Path).IsWhole);
        var state = model.state_dict();
        foreach (var name in (string[])["half", "double", "brain"]) Assert.Equal(values, state[name].to(ScalarType.Float32).data<float>().ToArray());
        Assert.Equal(7, state["count"].item<int>());
        Assert.Equal([true, false], state["flags"].data<bool>().ToArray());
        Assert.Equal([3, 255], state["bytes"].data<short>().ToArray());
        Assert.Equal([-1, 5], state["ints"].data<long>().ToArray());
        Assert.Equal(4, state["whole"].item<long>());

        // 255 is no signed byte, 3 no boolean, and half a count no count.
        Refuses("'bytes'", new Buffers(("bytes", zeros(2, ScalarType.Int8))), Of<byte>("bytes", "U8", [2], [3, 255]));
        Refuses("'bytes'", new Buffers(("bytes", zeros(2, ScalarType.Bool))), Of<byte>("bytes", "U8", [2], [3, 1]));
        Refuses("'count'", new Buffers(("count", zeros([], ScalarType.Int64))), Of<float>("count", "F32", [], [0.5f]));
        Refuses(
            "'count'", new Buffers(("first", zeros(1)), ("count", zeros([], ScalarType.Int64)), ("last", zeros(1))), Of<float>("first", "F32", [1], [5]),
            Of<float>("count", "F32", [], [0.5f]), Of<float>("last", "F32", [1], [6]));
        Refuses("got U32", new Buffers(("count", zeros([], ScalarType.Int64))), Of<uint>("count", "U32", [], [1]));
    }

    [Fact]
    public void LoadStateDict_WhatDoesNotFit_IsNamedAndNothingIsLoaded()
    {
        Torch.Need();
        using var model = Trained();
        SparseTorch.SaveStateDict(model, Path);
        using var other = Sequential(
            ("conv1", Conv2d(3, 20, 3, padding: 1, bias: false)), ("bn1", BatchNorm2d(20)), ("conv2", Conv2d(20, 24, 3, stride: 2, padding: 1)), ("more", Linear(3, 2)));
        var before = Snapshot(other);
        var message = Assert.Throws<InvalidDataException>(() => SparseTorch.LoadStateDict(other, Path)).Message;
        foreach (var part in (string[])[Path, "missing: more.", "more.weight", "more.bias", "fc.weight", "conv2.weight [24, 5, 3, 3] for [24, 20, 3, 3]"])
            Assert.Contains(part, message, StringComparison.Ordinal);
        Assert.Equal(before, Snapshot(other));

        // What fits, if that is wanted.
        var report = SparseTorch.LoadStateDict(other, Path, strict: false);
        Assert.Equal("conv2.weight", Assert.Single(report.Misshapen).Name);
        Assert.Equal(["more.bias", "more.weight"], report.Missing.Order());
        Assert.Contains("conv1.weight", report.Loaded);
        Assert.Equal(Torch.Values(model.get_parameter("conv1.weight")!), Torch.Values(other.get_parameter("conv1.weight")!));
        Assert.Equal(before["more.weight"], Snapshot(other)["more.weight"]);
        using var stranger = Linear(3, 2);
        Assert.Throws<InvalidDataException>(() => SparseTorch.LoadStateDict(stranger, Path, strict: false));
    }

    [Fact]
    public void LoadStateDict_DamagedFile_LoadsNothing()
    {
        Torch.Need();
        using var model = Trained();
        SparseTorch.SaveStateDict(model, Path);
        var whole = File.ReadAllBytes(Path);
        using var other = Models.Row();
        var before = Snapshot(other);
        foreach (var length in (int[])[0, 7, 100, whole.Length / 2, whole.Length - 1])
        {
            File.WriteAllBytes(Path, whole[..length]);
            Assert.Contains(Path, Assert.Throws<InvalidDataException>(() => SparseTorch.LoadStateDict(other, Path)).Message, StringComparison.Ordinal);
        }

        whole[^3] ^= 4;
        File.WriteAllBytes(Path, whole);
        Assert.Contains("checksum", Assert.Throws<InvalidDataException>(() => SparseTorch.LoadStateDict(other, Path)).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => SparseTorch.LoadStateDict(other, _folder.File("none")));
        Assert.Equal(before, Snapshot(other));
    }

    [Fact]
    public void StateDict_NonContiguousAndFrozenParameters_KeepTheirMemoryAndFlags()
    {
        Torch.Need();
        using var from = new Buffers(("w", Torch.Noise(3, 4, 5)), ("v", Torch.Noise(4, 6)));
        SparseTorch.SaveStateDict(from, Path);
        var wide = zeros(5, 8);
        using var to = new Buffers(("w", wide.t()[TensorIndex.Slice(step: 2)]), ("v", zeros(6)));
        var frozen = new TorchModules.Parameter(zeros(6), requires_grad: false);
        var learning = new TorchModules.Parameter(zeros(4, 5));
        SparseTorch.LoadStateDict(to, Path);
        Assert.Equal(Torch.Values(from.get_buffer("w")!), Torch.Values(to.get_buffer("w")!.contiguous()));
        Assert.Equal(20, Torch.Values(wide).Count(value => value != 0));
        SparseTorch.SaveStateDict(to, _folder.File("again"));
        Assert.Equal(File.ReadAllBytes(Path), File.ReadAllBytes(_folder.File("again")));

        using var parameters = new Parameters(("w", learning), ("v", frozen));
        SparseTorch.LoadStateDict(parameters, Path);
        Assert.Equal((true, false), (learning.requires_grad, frozen.requires_grad));
        Assert.Equal(Torch.Values(from.get_buffer("v")!), Torch.Values(frozen));
        Assert.Equal(Torch.Values(from.get_buffer("w")!), Torch.Values(learning.detach()));
    }

    [Fact]
    public void LoadStateDict_SharedMemory_AsksForOneOfTheNamesAndForOneValue()
    {
        Torch.Need();
        var shared = zeros(3);
        using var model = new Buffers(("a", shared), ("b", shared.detach()), ("c", zeros(1)));

        // PyTorch's save_model leaves all names but one out.
        Write(Of<float>("b", "F32", [3], [1, 2, 3]), Of<float>("c", "F32", [1], [4]));
        Assert.True(SparseTorch.LoadStateDict(model, Path).IsWhole);
        Assert.Equal([1, 2, 3], Torch.Values(shared));

        SparseTorch.SaveStateDict(model, Path);
        shared.zero_();
        Assert.Equal(["a", "b", "c"], SparseTorch.LoadStateDict(model, Path).Loaded.Order());
        Assert.Equal([1, 2, 3], Torch.Values(shared));
        Refuses("share memory", model, Of<float>("a", "F32", [3], [1, 2, 3]), Of<float>("b", "F32", [3], [1, 2, 4]), Of<float>("c", "F32", [1], [9]));

        var matrix = zeros(3, 3);
        Refuses<NotSupportedException>(
            "share a part", new Buffers(("a", matrix), ("b", matrix.t())), Of<float>("a", "F32", [3, 3], new float[9]), Of<float>("b", "F32", [3, 3], new float[9]));
        Refuses<NotSupportedException>("'a'", new Buffers(("a", zeros(1, 3).expand(3, 3))), Of<float>("a", "F32", [3, 3], new float[9]));
    }

    [Fact]
    public void StateDict_BadArgumentsAndTypes_AreNamed()
    {
        Torch.Need();
        using var model = Linear(3, 2);
        Assert.Throws<ArgumentNullException>("model", () => SparseTorch.SaveStateDict(null!, Path));
        Assert.Throws<ArgumentNullException>("model", () => SparseTorch.LoadStateDict(null!, Path));
        Assert.Throws<ArgumentException>("path", () => SparseTorch.SaveStateDict(model, ""));
        Assert.Throws<ArgumentException>("path", () => SparseTorch.LoadStateDict(model, ""));
        SparseTorch.SaveStateDict(model, Path);
        var before = File.ReadAllBytes(Path);
        using var complex = new Buffers(("z", zeros(2, ScalarType.ComplexFloat32)));
        Assert.Contains("'z'", Assert.Throws<NotSupportedException>(() => SparseTorch.SaveStateDict(complex, Path)).Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Path));
    }

    private static TensorModule Trained()
    {
        manual_seed(5);
        var model = Models.Row();
        using var grad = no_grad();
        for (var i = 0; i < 3; i++) model.call(Torch.Noise(20 + i, 6, 3, 13, 12)).Dispose();
        return model;
    }

    private static void Same(Module expected, Module actual)
    {
        var state = actual.state_dict();
        Assert.Equal(expected.state_dict().Keys.Order(), state.Keys.Order());
        foreach (var (name, tensor) in expected.state_dict()) Assert.Equal(tensor.bytes.ToArray(), state[name].bytes.ToArray());
    }

    private static Dictionary<string, string> Snapshot(Module model) =>
        model.state_dict().ToDictionary(entry => entry.Key, entry => Convert.ToHexString(entry.Value.contiguous().bytes));

    private static TensorBytes Of<T>(string name, string type, int[] shape, T[] values)
        where T : unmanaged => new(name, type, shape, () => MemoryMarshal.AsBytes(values.AsSpan()));

    private void Write(params TensorBytes[] tensors) => SafetensorsBytes.Save(Path, tensors, new Dictionary<string, string>());

    private void Refuses(string expected, Module model, params TensorBytes[] tensors) => Refuses<InvalidDataException>(expected, model, tensors);

    private void Refuses<T>(string expected, Module model, params TensorBytes[] tensors)
        where T : Exception
    {
        Write(tensors);
        var before = Snapshot(model);
        Assert.Contains(expected, Assert.Throws<T>(() => SparseTorch.LoadStateDict(model, Path)).Message, StringComparison.Ordinal);
        Assert.Equal(before, Snapshot(model));
    }

    /// <summary>A module of buffers.</summary>
    private sealed class Buffers : Module
    {
        public Buffers(params (string Name, Tensor Tensor)[] buffers)
            : base(nameof(Buffers))
        {
            foreach (var (name, tensor) in buffers) register_buffer(name, tensor);
        }
    }

    /// <summary>A module of parameters.</summary>
    private sealed class Parameters : Module
    {
        public Parameters(params (string Name, TorchModules.Parameter Parameter)[] parameters)
            : base(nameof(Parameters))
        {
            foreach (var (name, parameter) in parameters) register_parameter(name, parameter);
        }
    }
}
