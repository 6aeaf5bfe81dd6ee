using System.CommandLine;

namespace SparseKernels.Cli.Options;

/// <summary>A command with too many options for one list: <c>--help</c> shows these groups and no other option.</summary>
/// <param name="name">Its name on the command line.</param>
/// <param name="description">What it does.</param>
internal sealed class GroupedCommand(string name, string description) : Command(name, description)
{
    private readonly List<OptionGroup> _groups = [];

    /// <summary>What <c>--help</c> shows.</summary>
    public IReadOnlyList<OptionGroup> Groups => _groups;

    /// <summary>Adds a group that <c>--help</c> shows. An option may be the command's already.</summary>
    public void Add(OptionGroup group)
    {
        _groups.Add(group);
        foreach (var option in group.Options.Where(option => !Options.Contains(option))) Options.Add(option);
    }
}
