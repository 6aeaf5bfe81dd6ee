namespace SparseKernels.Onnx.Graphs;

/// <summary>One call of an operator.</summary>
internal sealed class OnnxNode
{
    private readonly OnnxAttribute[] _attributes;

    public OnnxNode(string name, string domain, string operatorName, string[] inputs, string[] outputs, params OnnxAttribute[] attributes)
    {
        (Domain, Operator, Inputs, Outputs, _attributes) = (domain, operatorName, inputs, outputs, attributes);
        Name = name.Length > 0 ? name : Array.Find(outputs, output => output.Length > 0) ?? operatorName;
    }

    /// <summary>Its name; that of its first output where it has none.</summary>
    public string Name { get; }

    /// <summary>Whose operator it is; empty for the standard's own.</summary>
    public string Domain { get; }

    /// <summary>The operator: <c>Conv</c>.</summary>
    public string Operator { get; }

    /// <summary>The operator with its domain, as messages have it.</summary>
    public string FullOperator => Domain.Length == 0 ? Operator : $"{Domain}.{Operator}";

    /// <summary>What it reads; an empty name is an optional input left out.</summary>
    public IReadOnlyList<string> Inputs { get; }

    /// <summary>What it writes; an empty name is an optional output left out.</summary>
    public IReadOnlyList<string> Outputs { get; }

    public IReadOnlyList<OnnxAttribute> Attributes => _attributes;

    /// <summary>Whether the optional input is there.</summary>
    public bool HasInput(int index) => index < Inputs.Count && Inputs[index].Length > 0;

    public bool HasAttribute(string name) => Find(name) is not null;

    public long Integer(string name, long byDefault) => Get<long?>(name, "an integer") ?? byDefault;

    public float Float(string name, float byDefault) => Get<float?>(name, "a float") ?? byDefault;

    public string Text(string name, string byDefault) => Get<string>(name, "a string") ?? byDefault;

    /// <summary>A list of integers; null if the attribute isn't there.</summary>
    public long[]? Integers(string name) => Get<long[]>(name, "integers");

    /// <summary>A list of floats; null if the attribute isn't there.</summary>
    public float[]? Floats(string name) => Get<float[]>(name, "floats");

    /// <summary>A tensor; null if the attribute isn't there.</summary>
    public ConstantTensor? Tensor(string name) => Get<ConstantTensor>(name, "a tensor");

    /// <inheritdoc/>
    public override string ToString() => $"{FullOperator} '{Name}'";

    private T? Get<T>(string name, string what)
    {
        if (Find(name) is not { } attribute) return default;
        return attribute.Value is T value ? value : throw new InvalidDataException($"attribute '{name}' of {this} must be {what}.");
    }

    private OnnxAttribute? Find(string name) => Array.Find(_attributes, attribute => attribute.Name == name);
}
