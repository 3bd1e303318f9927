using System.CommandLine;

namespace MarbleRun.Cli.Output;

/// <summary>
/// <c>--format</c>. Commands that have no file to write also accept <c>--output</c> for it; elsewhere <c>--output</c> is a file, as in the
/// reference's command line.
/// </summary>
internal static class FormatOption
{
    private const string Name = "--format";

    public static Option<OutputFormat> Create(bool alsoOutput = true)
    {
        var option = new Option<OutputFormat>(Name, alsoOutput ? ["--output"] : [])
        {
            Description = "The form of the result: text (the default), json or yaml.",
            HelpName = "text|json|yaml",
            CustomParser = argument =>
            {
                switch (argument.Tokens[0].Value)
                {
                    case "text":
                        return OutputFormat.Text;
                    case "json":
                        return OutputFormat.Json;
                    case "yaml":
                        return OutputFormat.Yaml;
                    default:
                        argument.AddError($"{Name} {argument.Tokens[0].Value} is not text, json or yaml.");
                        return default;
                }
            },
        };
        option.CompletionSources.Clear();
        option.CompletionSources.Add("text", "json", "yaml");
        return option;
    }

    /// <summary>The chosen format of a run; text for a command that has no such option.</summary>
    public static OutputFormat Read(ParseResult arguments) =>
        arguments.CommandResult.Command.Options.OfType<Option<OutputFormat>>().SingleOrDefault() is { } option
            ? arguments.GetValue(option)
            : OutputFormat.Text;
}
