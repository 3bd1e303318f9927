namespace MarbleRun.Cli.Output;

/// <summary>The form of a command's result.</summary>
internal enum OutputFormat
{
    /// <summary>Text for people, as the reference's command line writes it.</summary>
    Text,

    /// <summary>One JSON object.</summary>
    Json,

    /// <summary>The same object as YAML.</summary>
    Yaml,
}
