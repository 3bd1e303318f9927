using System.CommandLine;
using System.CommandLine.Help;

namespace MarbleRun.Cli.Help;

/// <summary>Completes the descriptions of options, so that each says what holds without it.</summary>
internal static class OptionDefaults
{
    /// <summary>Adds "Default: off." or "Default: none." to optional options that state no default of their own.</summary>
    public static void AddTo(RootCommand root)
    {
        foreach (Option option in root.Options.Concat(CommandNode.Of(root).SelectMany(n => n.Command.Options)).Distinct())
        {
            if (!option.Required
                && option is not (HelpOption or VersionOption)
                && option.Description?.Contains("efault", StringComparison.Ordinal) == false)
            {
                option.Description += option.ValueType == typeof(bool) ? " Default: off." : " Default: none.";
            }
        }
    }
}
