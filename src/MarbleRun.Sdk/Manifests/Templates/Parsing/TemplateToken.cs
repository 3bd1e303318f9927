namespace MarbleRun.Manifests.Templates.Parsing;

/// <summary>A token inside an action; positions in bytes.</summary>
internal readonly record struct TemplateToken(TemplateTokenKind Kind, int Start, int End);
