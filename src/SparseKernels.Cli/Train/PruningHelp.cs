using System.CommandLine;
using System.CommandLine.Invocation;
using SparseKernels.Cli.Options;

namespace SparseKernels.Cli.Train;

/// <summary>What <c>train --help-pruning</c> does: shows every rule of pruning.</summary>
/// <param name="options">The rules.</param>
internal sealed class PruningHelp(PruneOptions options) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        HelpPage.Write(parseResult.CommandResult.Command, "How train prunes; what train --help shows holds as well.", options.All);
        return 0;
    }
}
