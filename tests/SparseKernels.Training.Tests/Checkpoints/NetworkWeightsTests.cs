using System.Buffers.Binary;
using System.Text;
using SparseKernels.TestSupport;
using SparseKernels.Threading;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Checkpoints;

public class NetworkWeightsTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Load_WhatSaveWrote_SameBitsAndMasks(bool dense)
    {
        using var folder = new TemporaryFolder();
        using var from = SmallNetwork.Create(2, seed: 5);
        SmallNetwork.Mask(from, 0.3);
        from.Save(folder.File("w.safetensors"), dense);
        using var to = SmallNetwork.Create(2, seed: 6);
        to.Parameters.Single(parameter => parameter.Name == "conv2.weight").Mask = SmallNetwork.MaskOf(to.Parameters.Single(parameter => parameter.Name == "conv2.weight"), new bool[33 * 34 * 9]);

        var report = to.Load(folder.File("w.safetensors"));

        Assert.True(report.IsWhole);
        Assert.Equal(from.State.Select(tensor => tensor.Name), report.Loaded);
        foreach (var (expected, got) in from.State.Zip(to.State)) Assert.Equal(expected.Values, got.Values);
        foreach (var (expected, got) in from.Parameters.Zip(to.Parameters))
        {
            if (dense) Assert.Equal(got.Value.Length, got.Mask?.Count ?? got.Value.Length);
            else Assert.Equal(expected.Mask?.Words.ToArray(), got.Mask?.Words.ToArray());
        }
    }

    [Theory]
    [InlineData("F32")]
    [InlineData("F64")]
    [InlineData("F16")]
    [InlineData("BF16")]
    public void Load_AnotherWritersFile_ConvertsTakesAnyOrderAndIgnoresCounters(string type)
    {
        using var folder = new TemporaryFolder();
        using var network = Tiny(3);

        // Eighths up to 8 are exact in every type.
        var values = network.State.ToDictionary(
            tensor => tensor.Name, tensor => Enumerable.Range(0, tensor.Values.Length).Select(i => ((i % 41) + tensor.Name.Length) / 8f).ToArray());
        var entries = network.State.Reverse().Select(tensor => (tensor.Name, type, tensor.Shape, Bytes(type, values[tensor.Name]))).ToList();
        entries.Insert(1, ("bn.num_batches_tracked", "I64", [], new byte[8]));
        Write(folder.File("w.safetensors"), entries);

        var report = network.Load(folder.File("w.safetensors"));

        Assert.True(report.IsWhole, report.ToString());
        Assert.All(network.State, tensor => Assert.Equal(values[tensor.Name], tensor.Values));
    }

    [Fact]
    public void Load_NotWhole_IsRefusedWithATableOrReportsIt()
    {
        using var folder = new TemporaryFolder();
        using var network = Tiny(3);
        var path = folder.File("w.safetensors");
        List<(string, string, int[], byte[])> entries =
        [
            ("conv.weight", "F32", [4, 1, 3, 3], Bytes("F32", Enumerable.Repeat(2f, 36))),
            ("bn.weight", "F32", [5], Bytes("F32", new float[5])),
            ("empty", "F32", [0, 3], []),
            ("position_ids", "I32", [1], new byte[4]),
            ("flags", "U8", [3], new byte[3]),
        ];
        Write(path, entries);
        var before = network.State.Select(tensor => tensor.Values.ToArray()).ToArray();
        var message = Assert.Throws<InvalidDataException>(() => network.Load(path)).Message;
        Assert.Equal(before, network.State.Select(tensor => tensor.Values));
        foreach (var part in new[] { "missing: bn.bias", "position_ids", "flags", "empty", "bn.weight [5] for [4]" })
            Assert.Contains(part, message, StringComparison.Ordinal);

        var report = network.Load(path, new WeightsLoading(Strict: false));

        Assert.Equal(["conv.weight"], report.Loaded);
        Assert.Equal(["bn.bias", "bn.running_mean", "bn.running_var", "fc.bias", "fc.weight"], report.Missing.Order());
        Assert.Equal(["empty", "flags", "position_ids"], report.Unexpected.Order());
        Assert.Equal("bn.weight", Assert.Single(report.Misshapen).Name);
        Assert.Empty(report.NewHead);
        foreach (var (tensor, old) in network.State.Zip(before)) Assert.Equal(tensor.Name == "conv.weight" ? Enumerable.Repeat(2f, 36) : old, tensor.Values);
        Write(path, [("other", "F32", [1], new byte[4])]);
        Assert.Throws<InvalidDataException>(() => network.Load(path, new WeightsLoading(Strict: false)));
    }

    [Fact]
    public void Load_NewHead_TakesTheRestAndLeavesTheLastLayerAsItIs()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("w.safetensors");
        using var from = Tiny(7, seed: 8);
        from.Save(path);
        using var to = Tiny(3);
        var head = to.Parameters[^2].Value.ToArray();
        Assert.Contains("fc.weight [7, 4] for [3, 4]", Assert.Throws<InvalidDataException>(() => to.Load(path)).Message, StringComparison.Ordinal);

        var report = to.Load(path, new WeightsLoading(NewHead: true));

        Assert.Equal(["fc.weight", "fc.bias"], report.NewHead);
        Assert.True(report.IsWhole);
        Assert.Equal(from.Parameters[0].Value, to.Parameters[0].Value);
        Assert.Equal(head, to.Parameters[^2].Value);

        // One of as many classes is loaded even so.
        using var same = Tiny(7);
        Assert.Empty(same.Load(path, new WeightsLoading(NewHead: true)).NewHead);
        Assert.Equal(from.Parameters[^2].Value, same.Parameters[^2].Value);
    }

    [Fact]
    public void SaveAndLoad_BadArguments_AreNamed()
    {
        using var folder = new TemporaryFolder();
        using var network = Tiny(3);
        Assert.Throws<ArgumentNullException>("network", () => NetworkWeights.Save(null!, "x"));
        Assert.Throws<ArgumentException>("path", () => network.Save(""));
        Assert.Throws<ArgumentNullException>("path", () => network.Load(null!));
        Assert.Throws<FileNotFoundException>(() => network.Load(folder.File("none.safetensors")));
    }

    private static Network Tiny(int classes, ulong seed = 1) => new(
        "tiny", new FeatureShape(1, 4, 4),
        [
            new Conv2d("conv", 1, 4, 3, padding: 1, bias: false),
            new BatchNorm2d("bn", 4),
            new AvgPool2d("pool", 4),
            new Linear("fc", new FeatureShape(4, 1, 1), classes),
        ],
        2, seed, ComputeTopology.FromThreads(1), KernelSchedule.Dense);

    private static byte[] Bytes(string type, IEnumerable<float> values) => [.. values.SelectMany(value => type switch
    {
        "F64" => BitConverter.GetBytes((double)value),
        "F16" => BitConverter.GetBytes((Half)value),
        "BF16" => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)),
        _ => BitConverter.GetBytes(value),
    })];

    /// <summary>As other writers do: a header in another order than the data, metadata at its end, spaces behind.</summary>
    private static void Write(string path, IReadOnlyList<(string Name, string Type, int[] Shape, byte[] Data)> entries)
    {
        var at = 0;
        var texts = new List<string>();
        foreach (var (name, type, shape, data) in entries)
            texts.Add($$"""
                "{{name}}": {"dtype": "{{type}}", "shape": [{{string.Join(", ", shape)}}], "data_offsets": [{{at}}, {{at += data.Length}}]}
                """);
        texts.Reverse();
        var header = Encoding.UTF8.GetBytes($$"""{ {{string.Join(",", texts)}}, "__metadata__": {"format": "pt", "by": "another"} }""" + new string(' ', 13));
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        File.WriteAllBytes(path, [.. length, .. header, .. entries.SelectMany(entry => entry.Data)]);
    }
}
