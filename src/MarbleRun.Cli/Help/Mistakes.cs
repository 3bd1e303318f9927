using System.CommandLine;
using System.CommandLine.Parsing;

namespace MarbleRun.Cli.Help;

/// <summary>Describes what is wrong with a command line, and what was probably meant.</summary>
internal static class Mistakes
{
    private const int LargestDistance = 2;

    /// <summary>The lines for standard error, without the first word <c>Error</c>.</summary>
    public static string Describe(ParseResult result)
    {
        Command command = result.CommandResult.Command;
        string name = NameOf(result.CommandResult);
        string? unknown = result.UnmatchedTokens.Count > 0 ? result.UnmatchedTokens[0] : null;
        if (unknown is { Length: > 1 } && unknown[0] == '-')
        {
            return $"unknown option {unknown} for \"{name}\"{Suggest(unknown, OptionNames(result.CommandResult))}{Usage(name)}";
        }

        if (command.Subcommands.Count > 0)
        {
            string[] names = [.. command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name)];
            return unknown is null
                ? $"\"{name}\" needs a command: {string.Join(", ", names)}{Usage(name)}"
                : $"unknown command \"{unknown}\" for \"{name}\"{Suggest(unknown, names)}{Usage(name)}";
        }

        return unknown is not null
            ? $"\"{name}\" has no argument for '{unknown}'{Usage(name)}"
            : string.Join('\n', result.Errors.Select(e => e.Message)) + Usage(name);
    }

    private static string Usage(string name) => $"\nRun '{name} --help' for usage.";

    private static string NameOf(CommandResult result)
    {
        var words = new List<string>();
        for (CommandResult? current = result; current?.Parent is CommandResult parent; current = parent)
        {
            words.Insert(0, current.Command.Name);
        }

        return string.Join(' ', ["marblerun", .. words]);
    }

    private static IEnumerable<string> OptionNames(CommandResult result)
    {
        for (CommandResult? current = result; current is not null; current = current.Parent as CommandResult)
        {
            foreach (Option option in current.Command.Options.Where(o => !o.Hidden && (current == result || o.Recursive)))
            {
                yield return option.Name;
            }
        }
    }

    private static string Suggest(string word, IEnumerable<string> known)
    {
        string[] near = [.. known
            .Select(k => (Name: k, Distance: k.StartsWith(word, StringComparison.OrdinalIgnoreCase) ? 0 : Distance(word, k)))
            .Where(k => k.Distance <= LargestDistance)
            .OrderBy(k => k.Distance)
            .ThenBy(k => k.Name, StringComparer.Ordinal)
            .Take(3)
            .Select(k => k.Name)];
        return near.Length == 0 ? string.Empty : $"\nDid you mean {string.Join(" or ", near)}?";
    }

    /// <summary>How many letters must be changed, added or removed (Levenshtein). Long words cost no more than short ones.</summary>
    private static int Distance(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > LargestDistance)
        {
            return int.MaxValue;
        }

        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substitution = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substitution, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
