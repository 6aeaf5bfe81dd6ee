using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace SparseKernels.Cli.Options;

/// <summary>What <c>--help</c> does: the groups of a <see cref="GroupedCommand"/>, System.CommandLine's own help of any other.</summary>
/// <param name="standard">System.CommandLine's help.</param>
internal sealed class GroupedHelp(HelpAction standard) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        if (parseResult.CommandResult.Command is not GroupedCommand command) return standard.Invoke(parseResult);
        HelpPage.Write(command, command.Description!, command.Groups);
        return 0;
    }
}
