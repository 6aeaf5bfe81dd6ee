using System.Buffers.Binary;
using System.Runtime.InteropServices;
using SparseKernels.Onnx.Graphs;
using SparseKernels.Onnx.Proto;
using static SparseKernels.Onnx.Proto.TensorProto.Types;

namespace SparseKernels.Onnx.Reading;

/// <summary>Reads constant tensors: from typed fields, raw little-endian bytes or a side file (TensorProto of the ONNX standard).</summary>
/// <param name="folder">Where side files lie; null if there can be none.</param>
internal sealed class TensorReader(string? folder)
{
    /// <summary>Elements that a value may stand for: a few bytes of a file must not ask for gigabytes.</summary>
    private const int FewValues = 1 << 12, MostForEachValue = 1 << 12;

    private readonly ExternalData _external = new(folder);

    /// <summary>Reads a tensor.</summary>
    /// <exception cref="InvalidDataException">Its type is not read, or it has more or fewer elements than its sizes say.</exception>
    public ConstantTensor Read(TensorProto tensor)
    {
        try
        {
            return ReadElements(tensor);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"tensor '{tensor.Name}': {e.Message}", e);
        }
    }

    /// <summary>Reads a sparse tensor as a dense one.</summary>
    /// <exception cref="InvalidDataException">As above, or an index is out of range, twice or out of order.</exception>
    public ConstantTensor Read(SparseTensorProto tensor)
    {
        var name = tensor.Values?.Name;
        if (tensor.Values is null || tensor.Indices is null) throw new InvalidDataException($"sparse tensor '{name}' lacks values or indices.");
        var shape = TensorShape.FromLongs([.. tensor.Dims]);
        var (values, indices, length) = (Read(tensor.Values), Read(tensor.Indices), TensorShape.Length(shape));
        if (length > ((long)values.Length + FewValues) * MostForEachValue)
            throw new InvalidDataException($"sparse tensor '{name}' has {values.Length} values in {TensorShape.Text(shape)}, too few to make it dense.");
        var dense = new float[length];
        var entries = values.Floats;
        var places = indices.Integers;
        var isLinear = indices.Shape.Length == 1;
        if (places.Length != (isLinear ? entries.Length : (long)entries.Length * shape.Length) || indices.Shape.Length is 0 or > 2)
            throw new InvalidDataException($"sparse tensor '{name}' has {entries.Length} values and indices {indices}.");
        var last = -1L;
        for (var i = 0; i < entries.Length; i++)
        {
            var place = isLinear ? places[i] : Linear(places.AsSpan(i * shape.Length, shape.Length), shape);
            if (place <= last || place >= dense.Length)
                throw new InvalidDataException($"sparse tensor '{name}' has an index {place} out of range or order.");
            dense[place] = entries[i];
            last = place;
        }

        return new ConstantTensor(shape, dense);
    }

    private static long Linear(ReadOnlySpan<long> index, int[] shape)
    {
        var place = 0L;
        for (var i = 0; i < shape.Length; i++)
        {
            if (index[i] < 0 || index[i] >= shape[i]) return -1;
            place = (place * shape[i]) + index[i];
        }

        return place;
    }

    private ConstantTensor ReadElements(TensorProto tensor)
    {
        var type = (DataType)tensor.DataType;
        var typeName = ValueReader.TypeName(tensor.DataType, tensor.Name);
        if (tensor.Segment is not null) throw new InvalidDataException("tensors in segments are not read.");
        var shape = TensorShape.FromLongs([.. tensor.Dims]);
        var length = TensorShape.Length(shape);
        var isExternal = tensor.DataLocation == DataLocation.External;
        if (SizeOf(type) is not { } size) throw new InvalidDataException($"elements of type {typeName} are not read.");
        if (isExternal || tensor.RawData.Length > 0)
        {
            var bytes = isExternal ? _external.Read(tensor, (long)size * length) : tensor.RawData.Span;
            if (bytes.Length != (long)size * length)
                throw new InvalidDataException($"{TensorShape.Text(shape)} of {typeName} must have {(long)size * length} bytes, got {bytes.Length}.");
            return IsFloat(type) ? new(shape, Floats(type, bytes, length)) : new(shape, Integers(type, bytes, length));
        }

        return type switch
        {
            DataType.Float => new(shape, tensor.FloatData.ToArray()),
            DataType.Double => new(shape, [.. tensor.DoubleData.Select(value => (float)value)]),
            DataType.Float16 => new(shape, [.. tensor.Int32Data.Select(bits => (float)BitConverter.UInt16BitsToHalf((ushort)bits))]),
            DataType.Bfloat16 => new(shape, [.. tensor.Int32Data.Select(bits => BitConverter.Int32BitsToSingle(bits << 16))]),
            DataType.Int64 => new(shape, tensor.Int64Data.ToArray()),
            DataType.Uint32 or DataType.Uint64 => new(shape, [.. tensor.Uint64Data.Select(value => checked((long)value))]),
            _ => new(shape, [.. tensor.Int32Data.Select(value => (long)value)]),
        };
    }

    private static bool IsFloat(DataType type) => type is DataType.Float or DataType.Double or DataType.Float16 or DataType.Bfloat16;

    /// <summary>Bytes of an element; null for types that no network here has.</summary>
    private static int? SizeOf(DataType type) => type switch
    {
        DataType.Bool or DataType.Int8 or DataType.Uint8 => 1,
        DataType.Float16 or DataType.Bfloat16 or DataType.Int16 or DataType.Uint16 => 2,
        DataType.Float or DataType.Int32 or DataType.Uint32 => 4,
        DataType.Double or DataType.Int64 or DataType.Uint64 => 8,
        _ => null,
    };

    private static float[] Floats(DataType type, ReadOnlySpan<byte> bytes, int length)
    {
        var values = new float[length];
        switch (type)
        {
            case DataType.Float when BitConverter.IsLittleEndian:
                bytes.CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
                break;
            case DataType.Float:
                for (var i = 0; i < length; i++) values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * i)..]);
                break;
            case DataType.Double:
                for (var i = 0; i < length; i++) values[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes[(8 * i)..]);
                break;
            case DataType.Float16:
                for (var i = 0; i < length; i++) values[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(bytes[(2 * i)..]);
                break;
            default:
                // The upper half of a 32-bit float.
                for (var i = 0; i < length; i++) values[i] = BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]) << 16);
                break;
        }

        return values;
    }

    private static long[] Integers(DataType type, ReadOnlySpan<byte> bytes, int length)
    {
        var values = new long[length];
        for (var i = 0; i < length; i++)
        {
            values[i] = type switch
            {
                DataType.Int8 => (sbyte)bytes[i],
                DataType.Bool or DataType.Uint8 => bytes[i],
                DataType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(bytes[(2 * i)..]),
                DataType.Uint16 => BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]),
                DataType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(bytes[(4 * i)..]),
                DataType.Uint32 => BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 * i)..]),
                _ => BinaryPrimitives.ReadInt64LittleEndian(bytes[(8 * i)..]),
            };
        }

        return values;
    }
}
