using System.CommandLine;
using System.Text;
using System.Text.Json;

namespace MarbleRun.Cli.Output;

/// <summary>One run of a command: its arguments, and where its result and its messages go.</summary>
internal sealed class CommandRun(ParseResult arguments, CancellationToken cancellationToken)
{
    public ParseResult Arguments => arguments;

    public CancellationToken CancellationToken => cancellationToken;

    public TimeProvider Clock { get; } = CommandEnvironment.Current.Clock;

    public OutputFormat Format { get; } = FormatOption.Read(arguments);

    /// <summary>Results: standard output.</summary>
    public TextWriter Output => arguments.InvocationConfiguration.Output;

    /// <summary>Progress, warnings and errors: standard error.</summary>
    public TextWriter Error => arguments.InvocationConfiguration.Error;

    /// <summary>
    /// Reports progress. The reference's command line writes such lines to standard output, and scripts match them; a program that reads
    /// JSON or YAML does not find them there.
    /// </summary>
    public Task TalkAsync(string line) => (Format == OutputFormat.Text ? Output : Error).WriteLineAsync(line);

    public Task WarnAsync(string warning) => Error.WriteLineAsync($"Warning: {warning}");

    /// <summary>Writes bytes unchanged, except to a terminal, which gets only what it can show.</summary>
    public async Task WriteBytesAsync(ReadOnlyMemory<byte> bytes)
    {
        if (CommandEnvironment.Current.OpenOutput is { } open && !Terminal.IsOutputSeen)
        {
            await using Stream stream = open();
            await stream.WriteAsync(bytes, CancellationToken);
        }
        else
        {
            await Output.WriteAsync(Encoding.UTF8.GetString(bytes.Span));
        }
    }

    /// <summary>Writes the result in the format that the user chose.</summary>
    public async Task WriteAsync(Result result)
    {
        if (Format == OutputFormat.Text)
        {
            var text = new StringWriter { NewLine = "\n" };
            result.WriteText(text);
            await Output.WriteAsync(text.ToString());
            return;
        }

        string json = JsonText.Write(writer =>
        {
            writer.WriteStartObject();
            result.WriteJson(writer);
            writer.WriteEndObject();
        });
        if (Format == OutputFormat.Json)
        {
            await Output.WriteLineAsync(json);
            return;
        }

        using var document = JsonDocument.Parse(json);
        await Output.WriteAsync(YamlText.Of(document.RootElement));
    }
}
