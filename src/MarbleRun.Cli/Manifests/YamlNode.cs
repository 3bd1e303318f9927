using YamlDotNet.Core;

namespace MarbleRun.Cli.Manifests;

/// <summary>A value of a YAML text. With aliases, the values form a graph without cycles.</summary>
internal abstract record YamlNode(Mark Place)
{
    /// <summary>A text; <paramref name="IsPlain"/> if it was written without quotes, so that its form determines its type.</summary>
    public sealed record Scalar(Mark Place, string Text, bool IsPlain) : YamlNode(Place);

    /// <summary>A list.</summary>
    public sealed record Sequence(Mark Place, List<YamlNode> Items) : YamlNode(Place);

    /// <summary>Names and values in the order of the text, merged values last.</summary>
    public sealed record Mapping(Mark Place, List<(Scalar Name, YamlNode Value)> Entries) : YamlNode(Place);
}
