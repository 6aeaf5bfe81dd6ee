using System.Text.RegularExpressions;

namespace SparseKernels.Tests.Kernels;

/// <summary>The machine code of one micro-kernel as .NET's JIT or NativeAOT's compiler lists it (<c>JitDisasm</c>).</summary>
internal sealed partial class KernelListing
{
    private readonly List<string> _lines;
    private readonly List<string> _innerLoop;
    private readonly bool _isArm;
    private readonly bool _usesFramePointer;

    private KernelListing(string kernel, List<string> lines)
    {
        (Kernel, _lines) = (kernel, lines);
        _isArm = lines.Exists(line => line.Contains("arm64"));
        _usesFramePointer = lines.Exists(line => line is "; rbp based frame" or "; fp based frame");
        _innerLoop = FindInnerLoop();
    }

    /// <summary>Family, instruction set and tile: <c>TapKernel Avx2 6x2</c>.</summary>
    public string Kernel { get; }

    /// <summary>Multiply-adds in one turn of the innermost loop that has any; 0 if there is no such loop.</summary>
    public int MultiplyAdds => _innerLoop.Count(IsMultiplyAdd);

    /// <summary>Calls in the innermost loop.</summary>
    public IEnumerable<string> Calls => _innerLoop.Where(line => CallPattern.IsMatch(line));

    /// <summary>Instructions of the innermost loop that keep a vector in the stack frame.</summary>
    public IEnumerable<string> VectorSpills =>
        _innerLoop.Where(line => (_isArm ? ArmSpill : _usesFramePointer ? X64SpillByFrame : X64SpillByStack).IsMatch(line));

    /// <summary>All micro-kernels of a listing, whatever else it holds.</summary>
    public static List<KernelListing> Read(IEnumerable<string> text)
    {
        var listings = new List<KernelListing>();
        var lines = new List<string>();
        var kernel = "";
        foreach (var raw in text.Append("; Assembly listing for method end"))
        {
            var line = raw.Trim();
            if (line.StartsWith("; Assembly listing for method"))
            {
                if (kernel != "") listings.Add(new KernelListing(kernel, lines));
                var name = KernelName.Match(line);
                var family = line.Contains("Kernels.Apart") ? "Strided" : "";
                kernel = name.Success ? $"{family}{name.Groups[1]} {name.Groups[4]} {name.Groups[2]}x{name.Groups[3]}" : "";
                lines = [];
            }

            lines.Add(line);
        }

        return listings;
    }

    /// <summary>The last backward jump over multiply-adds that has no other such loop inside.</summary>
    private List<string> FindInnerLoop()
    {
        var labels = new Dictionary<string, int>();
        List<string> best = [];
        for (var i = 0; i < _lines.Count; i++)
        {
            var label = Label.Match(_lines[i]);
            if (label.Success) labels[label.Groups[1].Value] = i;
            var jump = Jump.Match(_lines[i]);
            if (!jump.Success || !labels.TryGetValue(jump.Groups[1].Value, out var start)) continue;
            var body = _lines.GetRange(start, i - start + 1);
            if (body.Exists(IsMultiplyAdd) && (best.Count == 0 || body.Count < best.Count)) best = body;
        }

        return best;
    }

    private static bool IsMultiplyAdd(string line) => MultiplyAddPattern.IsMatch(line);

    [GeneratedRegex(@"SparseKernels\.Kernels\.(\w+Kernel)`\d+\[SparseKernels\.Kernels\.\w+?Rows(\d+)`\d+\[SparseKernels\.Kernels\.Columns(\d+)`\d+\[SparseKernels\.Isa\.(\w+),")]
    private static partial Regex KernelName { get; }

    [GeneratedRegex(@"^(\w+_IG\d+):")]
    private static partial Regex Label { get; }

    [GeneratedRegex(@"^(?:j\w+|b(?:\.\w+|\w\w)?|cbn?z\s+\w+,|tbn?z\s+\w+,\s*#\w+,)\s+(?:SHORT\s+)?(\w+_IG\d+)")]
    private static partial Regex Jump { get; }

    [GeneratedRegex(@"^(?:call|blr?)\s")]
    private static partial Regex CallPattern { get; }

    [GeneratedRegex(@"^(?:vfmadd\d+[ps][sd]|fmla|fmadd)\s")]
    private static partial Regex MultiplyAddPattern { get; }

    [GeneratedRegex(@"\b[xyz]mm\d+\b.*\[rsp|\[rsp.*\b[xyz]mm\d+\b")]
    private static partial Regex X64SpillByStack { get; }

    [GeneratedRegex(@"\b[xyz]mm\d+\b.*\[(?:rsp|rbp)|\[(?:rsp|rbp).*\b[xyz]mm\d+\b")]
    private static partial Regex X64SpillByFrame { get; }

    [GeneratedRegex(@"^(?:ldr|str|ldp|stp|ldur|stur)\s+[qds]\d+.*\[(?:sp|fp|x29)\b")]
    private static partial Regex ArmSpill { get; }
}
