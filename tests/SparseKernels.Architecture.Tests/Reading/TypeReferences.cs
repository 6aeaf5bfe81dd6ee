using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace SparseKernels.Architecture.Tests.Reading;

/// <summary>
/// Collects what one type definition refers to: base types, interfaces, constraints, attributes, fields, the signatures and bodies of its
/// methods, and the signatures of the members it uses: an enum's value that is passed to a method is only a number in the body.
/// </summary>
internal sealed class TypeReferences
{
    private readonly PEReader _file;
    private readonly MetadataReader _metadata;
    private readonly SignatureTypes _signatures;
    private readonly Action<TypeDefinitionHandle> _found;

    public TypeReferences(PEReader file, MetadataReader metadata, Action<TypeDefinitionHandle> found, Action<string> foundByName)
    {
        (_file, _metadata, _found, _signatures) = (file, metadata, found, new(found, foundByName));
    }

    public void Visit(TypeDefinition type)
    {
        VisitAttributes(type.GetCustomAttributes());
        Visit(type.BaseType);
        foreach (var handle in type.GetInterfaceImplementations()) Visit(_metadata.GetInterfaceImplementation(handle).Interface);
        VisitTypeParameters(type.GetGenericParameters());
        foreach (var handle in type.GetFields()) Visit(_metadata.GetFieldDefinition(handle));
        foreach (var handle in type.GetMethods()) Visit(_metadata.GetMethodDefinition(handle));
        foreach (var handle in type.GetProperties()) VisitAttributes(_metadata.GetPropertyDefinition(handle).GetCustomAttributes());
        foreach (var handle in type.GetEvents()) VisitAttributes(_metadata.GetEventDefinition(handle).GetCustomAttributes());
    }

    private void Visit(FieldDefinition field)
    {
        VisitAttributes(field.GetCustomAttributes());
        field.DecodeSignature(_signatures, null);
    }

    private void Visit(MethodDefinition method)
    {
        VisitAttributes(method.GetCustomAttributes());
        VisitTypeParameters(method.GetGenericParameters());
        foreach (var handle in method.GetParameters()) VisitAttributes(_metadata.GetParameter(handle).GetCustomAttributes());
        method.DecodeSignature(_signatures, null);
        if (method.RelativeVirtualAddress != 0) Visit(_file.GetMethodBody(method.RelativeVirtualAddress));
    }

    private void Visit(MethodBodyBlock body)
    {
        if (!body.LocalSignature.IsNil) _metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(_signatures, null);
        foreach (var region in body.ExceptionRegions) Visit(region.CatchType);
        foreach (var token in InstructionTokens.Of(body.GetILReader())) Visit(token);
    }

    private void VisitTypeParameters(GenericParameterHandleCollection parameters)
    {
        foreach (var parameter in parameters.Select(_metadata.GetGenericParameter))
        {
            VisitAttributes(parameter.GetCustomAttributes());
            foreach (var handle in parameter.GetConstraints()) Visit(_metadata.GetGenericParameterConstraint(handle).Type);
        }
    }

    private void VisitAttributes(CustomAttributeHandleCollection attributes)
    {
        foreach (var attribute in attributes.Select(_metadata.GetCustomAttribute))
        {
            Visit(attribute.Constructor);
            attribute.DecodeValue(_signatures);
        }
    }

    private void Visit(EntityHandle handle)
    {
        if (handle.IsNil) return;
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                _found((TypeDefinitionHandle)handle);
                break;
            case HandleKind.TypeSpecification:
                _metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(_signatures, null);
                break;
            case HandleKind.FieldDefinition:
                var field = _metadata.GetFieldDefinition((FieldDefinitionHandle)handle);
                _found(field.GetDeclaringType());
                field.DecodeSignature(_signatures, null);
                break;
            case HandleKind.MethodDefinition:
                var method = _metadata.GetMethodDefinition((MethodDefinitionHandle)handle);
                _found(method.GetDeclaringType());
                method.DecodeSignature(_signatures, null);
                break;
            case HandleKind.MethodSpecification:
                var specification = _metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                Visit(specification.Method);
                specification.DecodeSignature(_signatures, null);
                break;
            case HandleKind.MemberReference:
                var member = _metadata.GetMemberReference((MemberReferenceHandle)handle);
                Visit(member.Parent);
                if (member.GetKind() == MemberReferenceKind.Field) member.DecodeFieldSignature(_signatures, null);
                else member.DecodeMethodSignature(_signatures, null);
                break;
            case HandleKind.StandaloneSignature:
                _metadata.GetStandaloneSignature((StandaloneSignatureHandle)handle).DecodeMethodSignature(_signatures, null);
                break;
        }
    }
}
