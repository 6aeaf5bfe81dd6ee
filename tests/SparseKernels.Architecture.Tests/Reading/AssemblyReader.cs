using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace SparseKernels.Architecture.Tests.Reading;

/// <summary>Draws the map of an assembly from its metadata and machine-independent code.</summary>
internal sealed class AssemblyReader
{
    private readonly MetadataReader _metadata;
    private readonly Dictionary<TypeName, SortedSet<TypeName>> _references = [];
    private readonly Dictionary<string, TypeName> _byFullName = [];
    private readonly List<Constant> _constants = [];

    private AssemblyReader(PEReader file)
    {
        _metadata = file.GetMetadataReader();
        foreach (var handle in _metadata.TypeDefinitions)
        {
            if (IsTheCompilers(handle)) continue;
            var type = OutermostOf(handle);
            _references.TryAdd(type, []);
            _byFullName[type.ToString()] = type;
        }

        foreach (var handle in _metadata.TypeDefinitions.Where(handle => !IsTheCompilers(handle)))
        {
            var from = OutermostOf(handle);
            var type = _metadata.GetTypeDefinition(handle);
            new TypeReferences(file, _metadata, to => Add(from, to), name => Add(from, name)).Visit(type);
            AddConstants(from, type);
        }
    }

    /// <summary>Reads an assembly that lies beside this one.</summary>
    /// <param name="assembly">The assembly's name.</param>
    public static CodeMap Read(string assembly)
    {
        using var file = new PEReader(File.OpenRead(Path.Combine(AppContext.BaseDirectory, $"{assembly}.dll")));
        var reader = new AssemblyReader(file);
        var assemblies = reader._metadata.AssemblyReferences
            .Select(handle => reader._metadata.GetString(reader._metadata.GetAssemblyReference(handle).Name));
        return new()
        {
            References = reader._references,
            Constants = reader._constants,
            Assemblies = [.. assemblies.Order(StringComparer.Ordinal)],
        };
    }

    private void AddConstants(TypeName owner, TypeDefinition type)
    {
        foreach (var field in type.GetFields().Select(_metadata.GetFieldDefinition))
        {
            var isPrivate = (field.Attributes & FieldAttributes.FieldAccessMask) == FieldAttributes.Private;
            if (isPrivate || !field.Attributes.HasFlag(FieldAttributes.Literal)) continue;
            _constants.Add(new(owner, _metadata.GetString(type.Name), _metadata.GetString(field.Name)));
        }
    }

    private void Add(TypeName from, TypeDefinitionHandle to)
    {
        if (!IsTheCompilers(to)) Add(from, OutermostOf(to));
    }

    /// <summary>A serialised name is <c>Outer+Inner, Assembly</c>, its generic arguments in square brackets.</summary>
    private void Add(TypeName from, string names)
    {
        foreach (var name in names.Split('[', ']', ','))
        {
            if (_byFullName.TryGetValue(name.Split('+')[0], out var to)) Add(from, to);
        }
    }

    private void Add(TypeName from, TypeName to)
    {
        if (from != to) _references[from].Add(to);
    }

    private TypeName OutermostOf(TypeDefinitionHandle handle)
    {
        var type = _metadata.GetTypeDefinition(OutermostHandle(handle));
        return new(_metadata.GetString(type.Namespace), _metadata.GetString(type.Name));
    }

    private TypeDefinitionHandle OutermostHandle(TypeDefinitionHandle handle)
    {
        while (_metadata.GetTypeDefinition(handle).GetDeclaringType() is { IsNil: false } outer) handle = outer;
        return handle;
    }

    /// <summary>Types made beside ours: &lt;Module&gt;, arrays of constants, inline arrays, regular expressions, attributes.</summary>
    private bool IsTheCompilers(TypeDefinitionHandle handle)
    {
        var isGenerated = OutermostOf(handle) is { Namespace: "" or "System.Text.RegularExpressions.Generated", Name: ['<', ..] };
        return isGenerated || _metadata.GetTypeDefinition(OutermostHandle(handle)).GetCustomAttributes().Any(IsEmbedded);
    }

    private bool IsEmbedded(CustomAttributeHandle attribute)
    {
        var constructor = _metadata.GetCustomAttribute(attribute).Constructor;
        if (constructor.Kind != HandleKind.MethodDefinition) return false;
        var type = _metadata.GetMethodDefinition((MethodDefinitionHandle)constructor).GetDeclaringType();
        return OutermostOf(type) == new TypeName("Microsoft.CodeAnalysis", "EmbeddedAttribute");
    }
}
