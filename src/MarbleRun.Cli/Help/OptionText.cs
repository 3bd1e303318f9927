using System.CommandLine;

namespace MarbleRun.Cli.Help;

/// <summary>An option as it is written.</summary>
internal static class OptionText
{
    /// <summary>The names, the shorter ones first, and the value.</summary>
    public static string Of(Option option)
    {
        string names = string.Join(", ", option.Aliases.Append(option.Name).OrderBy(n => n.Length).ThenBy(n => n, StringComparer.Ordinal));
        return option.ValueType == typeof(bool) ? names : $"{names} {option.HelpName ?? "VALUE"}";
    }

    public static string Describe(Option option) =>
        (option.Description ?? string.Empty) + (option.Required ? " Required." : string.Empty);
}
