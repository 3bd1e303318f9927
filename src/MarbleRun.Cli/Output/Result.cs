using System.Text.Json;

namespace MarbleRun.Cli.Output;

/// <summary>What a command found or did, in two forms.</summary>
internal abstract class Result
{
    /// <summary>Writes the text for people, whole lines.</summary>
    public abstract void WriteText(TextWriter output);

    /// <summary>Writes the members of the JSON object; the object itself is open.</summary>
    public abstract void WriteJson(Utf8JsonWriter json);
}
