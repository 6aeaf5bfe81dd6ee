using System.Collections;
using System.Reflection;

namespace SparseKernels.TorchSharp.Nodes;

/// <summary>The hooks of modules that run inside a stretch, where nobody would call them: as soon as there is one, torch runs the modules.</summary>
internal sealed class ModuleHooks
{
    private static readonly string[] s_fields = ["pre_hooks", "post_hooks", "module_pre_hooks", "module_post_hooks"];

    private readonly ICollection[] _hooks;

    /// <summary>Finds where the modules keep theirs.</summary>
    /// <param name="modules">The modules.</param>
    public ModuleHooks(IEnumerable<AnyModule> modules) => _hooks = [.. modules.SelectMany(HooksOf)];

    /// <summary>Whether a module has a hook now.</summary>
    public bool AreThere
    {
        get
        {
            foreach (var hooks in _hooks)
            {
                if (hooks.Count > 0) return true;
            }

            return false;
        }
    }

    private static IEnumerable<ICollection> HooksOf(AnyModule module)
    {
        for (var type = module.GetType(); type is not null; type = type.BaseType)
        {
            if (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(global::TorchSharp.torch.nn.HookableModule<,>)) continue;
            foreach (var name in s_fields)
            {
                if (type.GetField(name, BindingFlags.Instance | BindingFlags.NonPublic)?.GetValue(module) is ICollection hooks) yield return hooks;
            }
        }
    }
}
