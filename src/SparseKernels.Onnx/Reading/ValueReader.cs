using SparseKernels.Onnx.Proto;
using static SparseKernels.Onnx.Proto.TensorProto.Types;

namespace SparseKernels.Onnx.Reading;

/// <summary>Reads what a model says of its inputs and outputs.</summary>
internal static class ValueReader
{
    public static OnnxValue Read(ValueInfoProto value)
    {
        if (value.Type?.TensorType is not { } tensor) throw new InvalidDataException($"'{value.Name}' must be a tensor.");
        return new OnnxValue(value.Name, TypeName(tensor.ElemType, value.Name), tensor.Shape is null ? null : [.. tensor.Shape.Dim
            .Select(size => Read(size, value.Name))]);
    }

    /// <summary>The standard's name of an element type.</summary>
    /// <exception cref="InvalidDataException">There is no such type.</exception>
    public static string TypeName(int type, string tensor) => (DataType)type is var known && Enum.IsDefined(known) && known != DataType.Undefined
        ? known.ToString().ToUpperInvariant()
        : throw new InvalidDataException($"'{tensor}' has elements of an unknown type {type}.");

    private static OnnxDimension Read(TensorShapeProto.Types.Dimension size, string name) => size.ValueCase switch
    {
        // Exporters of early days wrote 0 or -1 where a size is open.
        TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue when size.DimValue <= 0 => new OnnxDimension(null, null),
        TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue when size.DimValue > int.MaxValue
            => throw new InvalidDataException($"'{name}' has a size of {size.DimValue}, which is out of range."),
        TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue => new OnnxDimension((int)size.DimValue, null),
        TensorShapeProto.Types.Dimension.ValueOneofCase.DimParam => new OnnxDimension(null, size.DimParam),
        _ => new OnnxDimension(null, null),
    };
}
