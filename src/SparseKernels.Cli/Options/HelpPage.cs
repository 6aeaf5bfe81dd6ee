using System.CommandLine;
using SparseKernels.Cli.Terminal;
using Spectre.Console;

namespace SparseKernels.Cli.Options;

/// <summary>A command's help as titled groups of options; what they mean stands in one column over all groups.</summary>
internal static class HelpPage
{
    private const int Indent = 2;

    /// <summary>Writes the page.</summary>
    /// <param name="command">The command.</param>
    /// <param name="description">What the page is about.</param>
    /// <param name="groups">Its groups.</param>
    public static void Write(Command command, string description, IReadOnlyList<OptionGroup> groups)
    {
        var screen = Screen.Out();
        Section(screen, "Description", description);
        Section(screen, "Usage", $"{Screen.CommandName} {command.Name} [options]");
        var width = groups.SelectMany(group => group.Options).Max(option => Label(option).Length);
        foreach (var group in groups)
        {
            screen.WriteLine($"{group.Title}:");
            var rows = new Grid()
                .AddColumn(new GridColumn().NoWrap().Width(width).PadLeft(Indent).PadRight(Indent))
                .AddColumn(new GridColumn().PadLeft(0).PadRight(0));
            foreach (var option in group.Options) rows.AddRow(new Text(Label(option)), new Text(option.Description ?? ""));
            screen.Write(rows);
            if (group.Note is not null) screen.Write(Indented(group.Note));
            screen.WriteLine();
        }
    }

    private static void Section(IAnsiConsole screen, string title, string text)
    {
        screen.WriteLine($"{title}:");
        screen.Write(Indented(text));
        screen.WriteLine();
    }

    private static Padder Indented(string text) => new(new Text(text), new Padding(Indent, 0, 0, 0));

    private static string Label(Option option)
    {
        var names = string.Join(", ", option.Aliases.Prepend(option.Name));
        return option.ValueType == typeof(bool) ? names : $"{names} <{option.HelpName ?? option.Name.TrimStart('-')}>";
    }
}
