namespace MarbleRun.Coordinator.Templates.Parsing;

internal enum BlockKind
{
    If,

    With,

    Range,
}
