using SparseKernels.TorchSharp.Nodes;
using SparseKernels.TorchSharp.Sketching;
using static TorchSharp.torch;

namespace SparseKernels.TorchSharp.Converting;

/// <summary>Runs a row of torch's modules: as few stretches as possible, and what can't be followed as torch does.</summary>
internal sealed class RowRunner : IDisposable
{
    private readonly List<RowPart> _parts = [];

    private RowRunner()
    {
    }

    /// <summary>Draws the stretches of a row.</summary>
    /// <param name="modules">The modules.</param>
    /// <param name="names">Their names, for the report.</param>
    /// <param name="settings">What is known, and where the report is written.</param>
    /// <returns>The runner; null where no stretch was found.</returns>
    public static RowRunner? TryMake(IReadOnlyList<TensorModule> modules, IReadOnlyList<string> names, ConversionSettings settings)
    {
        var runner = new RowRunner();
        for (var at = 0; at < modules.Count;)
        {
            var rest = modules.Skip(at).ToArray();
            var taken = 0;
            string? why = "layers are converted one by one";
            if (settings.Options.OneByOne) rest = Multiplies(rest[0]) ? rest[..1] : [];
            if (rest.Length > 0 && StretchSketch.TryDraw(rest, settings.Blocks, settings.Options, out taken, out why) is { } stretch)
            {
                runner._parts.Add(new RowPart(rest[..taken], stretch));
                settings.Report(new ConvertedPart(names.Skip(at).Take(taken).ToArray(), ConversionKind.Stretch, null));
                at += taken;
                continue;
            }

            // What was followed for nothing, or the one that could not be.
            var left = Math.Max(1, taken);
            for (var i = at; i < at + left; i++)
            {
                runner._parts.Add(new RowPart([modules[i]], null, Inside(modules[i], names[i], why, settings)));
            }

            at += left;
        }

        return runner._parts.Any(part => part.Stretch is not null || part.Inner is not null) ? runner : null;
    }

    /// <summary>Runs the row.</summary>
    /// <param name="x">The input, which stays the caller's.</param>
    public Tensor Run(Tensor x)
    {
        var at = x;
        for (var i = 0; i < _parts.Count; i++)
        {
            var part = _parts[i];
            var y = part.Stretch?.TryRun(at) ?? part.Inner?.TryRun(at);
            if (y is not null)
            {
                Dispose(at, x, y);
                at = y;
                continue;
            }

            foreach (var module in part.Modules)
            {
                y = module.call(at);
                Dispose(at, x, y);
                at = y;
            }
        }

        return at;
    }

    /// <summary>What ran in the stretches, and on which kernels.</summary>
    public string Explain() => string.Concat(_parts.Select(part => part.Stretch?.Explain() ?? part.Inner?.Runner.Explain()));

    /// <summary>Frees the stretches; torch runs the row from now on.</summary>
    public void Dispose()
    {
        for (var i = 0; i < _parts.Count; i++)
        {
            _parts[i].Stretch?.Dispose();
            _parts[i].Inner?.Runner.Dispose();
            _parts[i] = _parts[i] with { Stretch = null, Inner = null };
        }
    }

    /// <summary>Converts what is inside a module that no stretch takes: a Sequential gets a runner of its own, of others the fields are changed.</summary>
    private static InnerRow? Inside(TensorModule module, string name, string? why, ConversionSettings settings)
    {
        if (PlainRow.IsRow(module) && module.children().Any() && module.children().All(child => child is TensorModule))
        {
            var names = module.named_children().Select(child => $"{name}.{child.name}");
            var runner = TryMake(PlainRow.Of((TorchModules.Sequential)module), [.. names], settings);
            return runner is null ? null : new InnerRow(runner, new ModuleHooks([module]));
        }

        if (!settings.ConvertInside(module, name)) settings.Report(new ConvertedPart([name], ConversionKind.Torch, why));
        return null;
    }

    private static bool Multiplies(TensorModule module) => ModuleParameters.Of(module) is { Multiplies: true };

    private static void Dispose(Tensor tensor, Tensor input, Tensor output)
    {
        if (!ReferenceEquals(tensor, input) && !ReferenceEquals(tensor, output)) tensor.Dispose();
    }

    /// <summary>Modules of a row, and the stretch that stands for them if there is one.</summary>
    private sealed record RowPart(TensorModule[] Modules, TorchStretch? Stretch, InnerRow? Inner = null);

    /// <summary>The runner of a Sequential in the row, and the hooks that the Sequential itself may have.</summary>
    private sealed record InnerRow(RowRunner Runner, ModuleHooks Hooks)
    {
        /// <summary>Runs it, unless torch must.</summary>
        public Tensor? TryRun(Tensor x) => Hooks.AreThere ? null : Runner.Run(x);
    }
}
