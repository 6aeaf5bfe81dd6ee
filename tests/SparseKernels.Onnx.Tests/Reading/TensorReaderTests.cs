using Google.Protobuf;
using SparseKernels.Onnx.Proto;
using SparseKernels.Onnx.Reading;
using SparseKernels.TestSupport;
using Xunit;
using static SparseKernels.Onnx.Proto.TensorProto.Types;

namespace SparseKernels.Onnx.Tests.Reading;

public sealed class TensorReaderTests
{
    private static readonly TensorReader s_reader = new(folder: null);

    public static IEnumerable<TheoryDataRow<int, byte[], float[]>> RawFloats =>
    [
        new((int)DataType.Float, [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0], [1, -2]),
        new((int)DataType.Double, [0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0xC0], [1, -2]),
        new((int)DataType.Float16, [0, 0x3C, 0, 0xC0], [1, -2]),
        new((int)DataType.Bfloat16, [0x80, 0x3F, 0, 0xC0], [1, -2]),
    ];

    public static IEnumerable<TheoryDataRow<int, byte[], long[]>> RawIntegers =>
    [
        new((int)DataType.Int64, [5, 0, 0, 0, 0, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [5, -2]),
        new((int)DataType.Int32, [5, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF], [5, -2]),
        new((int)DataType.Int16, [5, 0, 0xFE, 0xFF], [5, -2]),
        new((int)DataType.Int8, [5, 0xFE], [5, -2]),
        new((int)DataType.Uint8, [5, 0xFE], [5, 254]),
        new((int)DataType.Bool, [1, 0], [1, 0]),
    ];

    [Theory, MemberData(nameof(RawFloats))]
    public void Read_RawFloats_AreThose(int type, byte[] bytes, float[] expected) => Assert.Equal(expected, s_reader.Read(Raw(type, bytes)).Floats);

    [Theory, MemberData(nameof(RawIntegers))]
    public void Read_RawIntegers_AreThose(int type, byte[] bytes, long[] expected) => Assert.Equal(expected, s_reader.Read(Raw(type, bytes)).Integers);

    [Fact]
    public void Read_TypedFields_AreThose()
    {
        Assert.Equal([1, -2], s_reader.Read(Typed(DataType.Float, tensor => tensor.FloatData.Add([1, -2]))).Floats);
        Assert.Equal([1, -2], s_reader.Read(Typed(DataType.Double, tensor => tensor.DoubleData.Add([1, -2]))).Floats);
        Assert.Equal([1, -2], s_reader.Read(Typed(DataType.Float16, tensor => tensor.Int32Data.Add([0x3C00, 0xC000]))).Floats);
        Assert.Equal([1, -2], s_reader.Read(Typed(DataType.Bfloat16, tensor => tensor.Int32Data.Add([0x3F80, 0xC000]))).Floats);
        Assert.Equal([1, -2], s_reader.Read(Typed(DataType.Int64, tensor => tensor.Int64Data.Add([1, -2]))).Integers);
        Assert.Equal([1, -2], s_reader.Read(Typed(DataType.Int32, tensor => tensor.Int32Data.Add([1, -2]))).Integers);
        Assert.Equal([1, 0], s_reader.Read(Typed(DataType.Bool, tensor => tensor.Int32Data.Add([1, 0]))).Integers);
    }

    [Fact]
    public void Read_OtherNumberOfElements_IsRefused()
    {
        Assert.Contains("tensor 't': [2] of FLOAT must have 8 bytes, got 4", Refused(Raw((int)DataType.Float, [0, 0, 0, 0])));
        Assert.Contains("tensor 't': a tensor [2] must have 2 elements, got 3", Refused(Typed(DataType.Float, tensor => tensor.FloatData.Add([1, 2, 3]))));
    }

    [Theory]
    [InlineData((int)DataType.String, "elements of type STRING are not read")]
    [InlineData((int)DataType.Complex64, "elements of type COMPLEX64 are not read")]
    [InlineData(0, "unknown type 0")]
    [InlineData(40, "unknown type 40")]
    public void Read_OtherType_IsRefused(int type, string message) => Assert.Contains(message, Refused(Raw(type, [0, 0])));

    [Theory]
    [InlineData(-1L, "negative size")]
    [InlineData(1L << 40, "out of range")]
    [InlineData(int.MaxValue, "more than")]
    public void Read_SizesOutOfRange_AreRefusedBeforeAnythingIsAllocated(long size, string message)
    {
        var tensor = new TensorProto { Name = "t", DataType = (int)DataType.Float };
        tensor.Dims.Add([size, 2]);
        Assert.Contains(message, Refused(tensor));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Read_SparseTensor_IsThatWithZeros(int rankOfIndices)
    {
        var tensor = Sparse(rankOfIndices == 1 ? [1, 5] : [0, 1, 1, 2], rankOfIndices == 1 ? [2] : [2, 2]);
        Assert.Equal([0, 7, 0, 0, 0, 9], s_reader.Read(tensor).Floats);
    }

    [Theory]
    [InlineData(1, 6)]
    [InlineData(5, 1)]
    [InlineData(1, 1)]
    [InlineData(-1, 1)]
    public void Read_SparseTensorWithBadPlaces_IsRefused(int first, int second) =>
        Assert.Contains("sparse tensor 's' has an index", Assert.Throws<InvalidDataException>(() => s_reader.Read(Sparse([first, second], [2]))).Message);

    [Fact]
    public void Read_SparseTensorOfHardlyAnyValues_IsRefusedBeforeAnythingIsAllocated()
    {
        var tensor = Sparse([1, 5], [2]);
        tensor.Dims[1] = 1 << 29;
        Assert.Contains(
            "sparse tensor 's' has 2 values in [2, 536870912], too few", Assert.Throws<InvalidDataException>(() => s_reader.Read(tensor)).Message);
    }

    [Fact]
    public void Read_ExternalData_IsThatOfTheSideFile()
    {
        using var folder = new TemporaryFolder();
        folder.Write("weights.bin", 9, 9, 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0);
        Assert.Equal([1, -2], new TensorReader(folder.Path).Read(External("weights.bin", offset: "2", length: "8")).Floats);
    }

    [Theory]
    [InlineData("weights.bin", "4", null, "has 10 bytes, but 8 from 4 on")]
    [InlineData("weights.bin", "-2", null, "offset of its external data must be a number")]
    [InlineData("weights.bin", "0", "4", "its sizes ask for 8 bytes")]
    [InlineData("absent.bin", "0", null, "can't be read")]
    [InlineData("../weights.bin", "0", null, "outside the model's folder")]
    [InlineData("/etc/hostname", "0", null, "outside the model's folder")]
    public void Read_ExternalDataThatCantBe_IsRefused(string location, string offset, string? length, string message)
    {
        using var folder = new TemporaryFolder();
        folder.Write("weights.bin", new byte[10]);
        var refused = Assert.Throws<InvalidDataException>(() => new TensorReader(folder.Path).Read(External(location, offset, length)));
        Assert.Contains(message, refused.Message);
    }

    [Fact]
    public void Read_ExternalDataWithoutAFolder_IsRefused() => Assert.Contains("no files beside it", Refused(External("weights.bin", "0", null)));

    private static string Refused(TensorProto tensor) => Assert.Throws<InvalidDataException>(() => s_reader.Read(tensor)).Message;

    private static TensorProto Raw(int type, byte[] bytes)
    {
        var tensor = new TensorProto { Name = "t", DataType = type, RawData = ByteString.CopyFrom(bytes) };
        tensor.Dims.Add(2);
        return tensor;
    }

    private static TensorProto Typed(DataType type, Action<TensorProto> fill)
    {
        var tensor = new TensorProto { Name = "t", DataType = (int)type };
        tensor.Dims.Add(2);
        fill(tensor);
        return tensor;
    }

    private static TensorProto External(string location, string offset, string? length)
    {
        var tensor = new TensorProto { Name = "t", DataType = (int)DataType.Float, DataLocation = DataLocation.External };
        tensor.Dims.Add(2);
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = location });
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = offset });
        if (length is not null) tensor.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = length });
        return tensor;
    }

    private static SparseTensorProto Sparse(long[] places, long[] shape)
    {
        var tensor = new SparseTensorProto
        {
            Values = new TensorProto { Name = "s", DataType = (int)DataType.Float },
            Indices = new TensorProto { DataType = (int)DataType.Int64 },
        };
        tensor.Values.Dims.Add(2);
        tensor.Values.FloatData.Add([7, 9]);
        tensor.Indices.Dims.Add(shape);
        tensor.Indices.Int64Data.Add(places);
        tensor.Dims.Add([2, 3]);
        return tensor;
    }
}
