using System.CommandLine;

namespace MarbleRun.Cli.Users;

/// <summary>Rules about options that belong together, with the texts of the reference's command line.</summary>
internal static class FlagGroups
{
    /// <exception cref="InputException">None of the options is set.</exception>
    public static void RequireOne(ParseResult arguments, string hint, params Option[] group)
    {
        if (!group.Any(arguments.IsSet))
        {
            throw new InputException($"at least one of the flags in the group {Names(group)} is required{hint}");
        }
    }

    /// <exception cref="InputException">Some of the options are set, and some are not.</exception>
    public static void RequireTogether(ParseResult arguments, params Option[] group)
    {
        Option[] missing = [.. group.Where(o => !arguments.IsSet(o))];
        if (missing.Length > 0 && missing.Length < group.Length)
        {
            throw new InputException(
                $"if any flags in the group {Names(group)} are set they must all be set; missing {Names(missing)}");
        }
    }

    /// <exception cref="InputException">Both options are set.</exception>
    public static void Exclude(ParseResult arguments, Option first, Option second)
    {
        if (arguments.IsSet(first) && arguments.IsSet(second))
        {
            Option[] both = [.. new[] { first, second }.OrderBy(o => o.Name, StringComparer.Ordinal)];
            throw new InputException(
                $"if any flags in the group {Names([first, second])} are set none of the others can be; {Names(both)} were all set");
        }
    }

    private static string Names(Option[] options) => $"[{string.Join(' ', options.Select(o => o.Name.TrimStart('-')))}]";
}
