using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Google.Protobuf;
using SparseKernels.Onnx.Graphs;
using SparseKernels.Onnx.Proto;
using static SparseKernels.Onnx.Proto.TensorProto.Types;

namespace SparseKernels.Onnx.Writing;

/// <summary>Writes constants: raw little-endian elements, or the values that are not zero and their places.</summary>
internal static class TensorWriter
{
    /// <summary>Elements under which a sparse form saves nothing.</summary>
    private const int FewestElements = 64;

    /// <summary>Whether the sparse form, whose places take 8 bytes each, is the smaller one.</summary>
    public static bool IsWorthSparse(ConstantTensor tensor) =>
        tensor.IsFloat && tensor.Shape.Length > 1 && tensor.Length >= FewestElements && tensor.Floats.AsSpan().Count(0f) > tensor.Length / 3 * 2;

    public static TensorProto Write(string name, ConstantTensor tensor)
    {
        var proto = new TensorProto { Name = name, DataType = (int)(tensor.IsFloat ? DataType.Float : DataType.Int64) };
        proto.Dims.Add(tensor.Shape.Select(size => (long)size));
        proto.RawData = UnsafeByteOperations.UnsafeWrap(tensor.IsFloat ? Bytes(tensor.Floats) : Bytes(tensor.Integers));
        return proto;
    }

    public static SparseTensorProto WriteSparse(string name, ConstantTensor tensor)
    {
        int[] places = [.. Enumerable.Range(0, tensor.Length).Where(i => tensor.Floats[i] != 0)];
        var proto = new SparseTensorProto
        {
            Values = Write(name, new ConstantTensor([places.Length], Array.ConvertAll(places, place => tensor.Floats[place]))),
            Indices = Write("", new ConstantTensor([places.Length], Array.ConvertAll(places, place => (long)place))),
        };
        proto.Dims.Add(tensor.Shape.Select(size => (long)size));
        return proto;
    }

    private static byte[] Bytes(float[] values)
    {
        if (BitConverter.IsLittleEndian) return MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
        var bytes = new byte[sizeof(float) * values.Length];
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(sizeof(float) * i), values[i]);
        return bytes;
    }

    private static byte[] Bytes(long[] values)
    {
        if (BitConverter.IsLittleEndian) return MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
        var bytes = new byte[sizeof(long) * values.Length];
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(sizeof(long) * i), values[i]);
        return bytes;
    }
}
