using System.CommandLine;

namespace SparseKernels.Cli.Options;

/// <summary>Options that stand together in a command's help.</summary>
/// <param name="Title">What they have in common.</param>
/// <param name="Options">The options.</param>
/// <param name="Note">A last line under them; null for none.</param>
internal sealed record OptionGroup(string Title, IReadOnlyList<Option> Options, string? Note = null);
