using System.Buffers.Binary;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using SparseKernels.TestSupport;
using SparseKernels.Training.Files;
using SparseKernels.Training.Tensors;
using Xunit;

namespace SparseKernels.Training.Tests.Files;

public class SafetensorsFileTests
{
    [Property(MaxTest = 60)]
    public Property WriteThenRead_AnyTensors_Identity(NonNull<string>[] names, byte[] sizes, NonNull<string> text)
    {
        var tensors = names.Select(name => "t" + name.Get).Distinct().Select((name, i) =>
        {
            int[] shape = [.. sizes.Skip(i).Take(i % 4).Select(size => size % 4)];
            var values = new float[shape.Aggregate(1, (a, b) => a * b)];
            for (var j = 0; j < values.Length; j++) values[j] = BitConverter.Int32BitsToSingle((j * 7919) + (i << 20));
            return new NamedTensor(name, shape, values);
        }).Where(tensor => IsUnicode(tensor.Name)).ToArray();
        var metadata = new Dictionary<string, string> { ["note"] = IsUnicode(text.Get) ? text.Get : "" };

        using var folder = new TemporaryFolder();
        using (var stream = File.Create(folder.File("a"))) new SafetensorsFile(tensors, metadata).WriteTo(stream);
        var read = SafetensorsFile.Read(folder.File("a"));
        return (read.Metadata["note"] == metadata["note"] && read.Tensors.Count == tensors.Length && tensors.All(t =>
        {
            var found = read.Tensors.Single(r => r.Name == t.Name);
            return found.Shape.SequenceEqual(t.Shape) && found.Values.Select(BitConverter.SingleToInt32Bits).SequenceEqual(
                t.Values.Select(BitConverter.SingleToInt32Bits));
        })).ToProperty();
    }

    [Fact]
    public void WriteTo_OneTensor_BytesAsTheFormatSays()
    {
        var stream = new MemoryStream();
        new SafetensorsFile([new NamedTensor("w", [2, 1], [1f, -2f])], new Dictionary<string, string> { ["k"] = "v" }).WriteTo(stream);
        var bytes = stream.ToArray();
        var headerLength = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        Assert.Equal(0, headerLength % 8);
        var header = Encoding.UTF8.GetString(bytes, 8, headerLength);
        Assert.Matches(
            """^{"__metadata__":{"checksum":"crc32c:[0-9a-f]{8}","k":"v","has-checksum":"crc32c"},"w":{"dtype":"F32","shape":\[2,1\],"data_offsets":\[0,8\]}} *$""",
            header);
        Assert.Equal([0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0], bytes[(8 + headerLength)..]);
    }

    [Fact]
    public void Read_EntriesInAnyOrderScalarAndEmpty_Accepted()
    {
        var file = ReadText("""{"b":{"data_offsets":[4,8],"shape":[],"dtype":"F32"},"e":{"dtype":"F32","shape":[0,3],"data_offsets":[4,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  """, 8);
        Assert.Equal(["a", "e", "b"], file.Tensors.Select(t => t.Name));
        Assert.Empty(file.Tensors[2].Shape);
    }

    [Fact]
    public void Read_OtherFloats_BecomeFloatsAndOtherIntegersAreLeftOut()
    {
        // 1 and −2.5 in each type, then a counter as PyTorch's batch normalisation has one, a flag, and bytes.
        byte[] data =
        [
            0x00, 0x3C, 0x00, 0xC1, 0x80, 0x3F, 0x20, 0xC0, .. BitConverter.GetBytes(1.0), .. BitConverter.GetBytes(-2.5), .. BitConverter.GetBytes(77L),
            1, 5, 6,
        ];
        var file = ReadText(
            """
            {"half":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"brain":{"dtype":"BF16","shape":[2],"data_offsets":[4,8]},
             "double":{"dtype":"F64","shape":[2],"data_offsets":[8,24]},"bn.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[24,32]},
             "flag":{"dtype":"BOOL","shape":[1],"data_offsets":[32,33]},"bytes":{"dtype":"U8","shape":[2],"data_offsets":[33,35]}}
            """,
            data);
        Assert.Equal(["half", "brain", "double"], file.Tensors.Select(tensor => tensor.Name));
        Assert.All(file.Tensors, tensor => Assert.Equal([1f, -2.5f], tensor.Values));
        Assert.Equal([5, 6], Assert.Single(file.Bytes).Values);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}""", 8, "JSON")]
    [InlineData("""[]""", 0, "StartObject")]
    [InlineData("""{} {}""", 0, "JSON")]
    [InlineData("""{"a":1}""", 0, "StartObject for a")]
    [InlineData("""{"a":{"dtype":"F8_E5M2","shape":[2],"data_offsets":[0,2]}}""", 2, "got F8_E5M2")]
    [InlineData("""{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,8]}}""", 8, "4 bytes apart")]
    [InlineData("""{"a":{"shape":[2],"data_offsets":[0,8]}}""", 8, "got none")]
    [InlineData("""{"a":{"dtype":"F32","data_offsets":[0,8]}}""", 8, "expected a shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", 8, "two data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,9]}}""", 8, "two data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "8 bytes apart")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "8 bytes apart")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", 8, "8 bytes apart")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "got -2")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,8]}}""", 8, "JSON")]
    [InlineData("""{"a":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}""", 8, "JSON")]
    [InlineData("""{"a":{"dtype":"F32","shape":[65536,65536,65536,65536],"data_offsets":[0,0]}}""", 0, "at most")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "begin at 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "begin at 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", 12, "begin at 4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "'a' twice")]
    [InlineData("""{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "dtype of 'a' once")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":0}}""", 4, "got 'more'")]
    [InlineData("""{"__metadata__":{"k":1}}""", 0, "String for k")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 7, "8 bytes of data, got 7")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 9, "8 bytes of data, got 9")]
    public void Read_BadHeader_ThrowsSayingWhat(string header, int dataLength, string expected)
    {
        var e = Assert.Throws<InvalidDataException>(() => ReadText(header, dataLength));
        Assert.Contains(expected, e.Message);
        Assert.Contains("tensors.safetensors", e.Message);
    }

    [Theory]
    [InlineData(0ul, "JSON")]
    [InlineData(1ul << 40, "expected a header of at most")]
    [InlineData(ulong.MaxValue, "expected a header of at most")]
    public void Read_BadHeaderLength_Throws(ulong length, string expected)
    {
        using var folder = new TemporaryFolder();
        var bytes = new byte[100];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        folder.Write("a", bytes);
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => SafetensorsFile.Read(folder.File("a"))).Message);
    }

    [Fact]
    public void Read_CutAtAnyLength_Throws()
    {
        using var folder = new TemporaryFolder();
        var whole = Sample();
        for (var length = 0; length < whole.Length; length++)
        {
            folder.Write("a", whole[..length]);
            Assert.Throws<InvalidDataException>(() => SafetensorsFile.Read(folder.File("a")));
        }
    }

    [Fact]
    public void Read_AnyHeaderByteChanged_ThrowsInvalidDataOrReadsTensorsThatFit()
    {
        using var folder = new TemporaryFolder();
        var whole = Sample();
        var headerLength = (int)BinaryPrimitives.ReadUInt64LittleEndian(whole);
        var refused = 0;
        for (var i = 0; i < 8 + headerLength; i++)
        {
            foreach (var change in new byte[] { 1, 4, 32, 128 })
            {
                whole[i] ^= change;
                folder.Write("a", whole);
                try
                {
                    Assert.All(
                        SafetensorsFile.Read(folder.File("a")).Tensors,
                        t => Assert.Equal(t.Shape.Aggregate(1, (a, b) => a * b), t.Values.Length));
                }
                catch (InvalidDataException)
                {
                    refused++;
                }

                whole[i] ^= change;
            }
        }

        Assert.True(refused > headerLength, $"only {refused} of {4 * (8 + headerLength)} damaged headers were refused");
    }

    [Fact]
    public void Constructor_BadTensors_Throws()
    {
        var none = new Dictionary<string, string>();
        Assert.Throws<ArgumentException>("tensors", () => new SafetensorsFile([new NamedTensor("a", [2], [1f])], none));
        Assert.Throws<ArgumentException>("tensors", () => new SafetensorsFile([new NamedTensor("a", [-1], [])], none));
        Assert.Throws<ArgumentException>(
            "tensors", () => new SafetensorsFile([new NamedTensor("a", [], [1f]), new NamedTensor("a", [], [1f])], none));
        Assert.Throws<ArgumentException>("tensors", () => new SafetensorsFile([new NamedTensor("__metadata__", [], [1f])], none));
    }

    private static byte[] Sample()
    {
        var stream = new MemoryStream();
        new SafetensorsFile(
            [new NamedTensor("first.weight", [2, 3], [1, 2, 3, 4, 5, 6]), new NamedTensor("first.bias", [2], [7, 8])],
            new Dictionary<string, string> { ["format"] = "pt" }).WriteTo(stream);
        return stream.ToArray();
    }

    private static SafetensorsFile ReadText(string header, int dataLength) => ReadText(header, new byte[dataLength]);

    private static SafetensorsFile ReadText(string header, byte[] data)
    {
        using var folder = new TemporaryFolder();
        var json = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + json.Length + data.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)json.Length);
        json.CopyTo(bytes, 8);
        data.CopyTo(bytes, 8 + json.Length);
        folder.Write("tensors.safetensors", bytes);
        return SafetensorsFile.Read(folder.File("tensors.safetensors"));
    }

    private static bool IsUnicode(string text)
    {
        try
        {
            new UTF8Encoding(false, throwOnInvalidBytes: true).GetByteCount(text);
            return true;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }
}
