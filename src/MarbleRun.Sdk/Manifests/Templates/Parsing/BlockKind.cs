namespace MarbleRun.Manifests.Templates.Parsing;

internal enum BlockKind
{
    If,

    With,

    Range,
}
