using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace SparseKernels.Architecture.Tests.Reading;

/// <summary>What the walk over a signature has to know of a type that it has met.</summary>
internal enum MetType { Any, SystemType }

/// <summary>Walks signatures and attribute values and reports each type of the assembly that stands in them, at any depth.</summary>
/// <param name="found">Called with each type.</param>
/// <param name="foundByName">Called with each type that stands there as a string, as in an attribute's <c>typeof</c>.</param>
internal sealed class SignatureTypes(Action<TypeDefinitionHandle> found, Action<string> foundByName)
    : ISignatureTypeProvider<MetType, object?>, ICustomAttributeTypeProvider<MetType>
{
    public MetType GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
    {
        found(handle);
        return MetType.Any;
    }

    public MetType GetTypeFromSpecification(MetadataReader reader, object? context, TypeSpecificationHandle handle, byte rawTypeKind)
        => reader.GetTypeSpecification(handle).DecodeSignature(this, context);

    public MetType GetTypeFromSerializedName(string name)
    {
        foundByName(name);
        return MetType.Any;
    }

    public MetType GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
    {
        var type = reader.GetTypeReference(handle);
        var isSystemType = reader.GetString(type.Namespace) == "System" && reader.GetString(type.Name) == "Type";
        return isSystemType ? MetType.SystemType : MetType.Any;
    }

    public MetType GetSystemType() => MetType.SystemType;

    public bool IsSystemType(MetType type) => type == MetType.SystemType;

    /// <summary>The enums in our attributes are of 32 bits; one of another width makes the decoder throw or read nonsense.</summary>
    public PrimitiveTypeCode GetUnderlyingEnumType(MetType type) => PrimitiveTypeCode.Int32;

    // The rest wraps types that were reported already.
    public MetType GetPrimitiveType(PrimitiveTypeCode typeCode) => MetType.Any;

    public MetType GetArrayType(MetType elementType, ArrayShape shape) => MetType.Any;

    public MetType GetSZArrayType(MetType elementType) => MetType.Any;

    public MetType GetByReferenceType(MetType elementType) => MetType.Any;

    public MetType GetPointerType(MetType elementType) => MetType.Any;

    public MetType GetPinnedType(MetType elementType) => MetType.Any;

    public MetType GetModifiedType(MetType modifier, MetType unmodifiedType, bool isRequired) => MetType.Any;

    public MetType GetGenericInstantiation(MetType genericType, ImmutableArray<MetType> typeArguments) => MetType.Any;

    public MetType GetFunctionPointerType(MethodSignature<MetType> signature) => MetType.Any;

    public MetType GetGenericTypeParameter(object? context, int index) => MetType.Any;

    public MetType GetGenericMethodParameter(object? context, int index) => MetType.Any;
}
