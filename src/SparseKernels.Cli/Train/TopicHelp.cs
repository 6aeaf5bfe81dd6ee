using System.CommandLine;
using System.CommandLine.Invocation;
using SparseKernels.Cli.Options;

namespace SparseKernels.Cli.Train;

/// <summary>What <c>train --help-pruning</c> and <c>--help-learning</c> do: show the options that <c>--help</c> leaves out.</summary>
/// <param name="description">What they are about.</param>
/// <param name="groups">The options.</param>
internal sealed class TopicHelp(string description, Func<IReadOnlyList<OptionGroup>> groups) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        HelpPage.Write(parseResult.CommandResult.Command, description, groups());
        return 0;
    }
}
