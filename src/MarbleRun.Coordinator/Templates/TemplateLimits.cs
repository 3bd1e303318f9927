namespace MarbleRun.Coordinator.Templates;

/// <summary>How much work a template may make.</summary>
internal sealed record TemplateLimits
{
    public static TemplateLimits Default { get; } = new();

    /// <summary>The longest result, in bytes; 4 MiB by default.</summary>
    public int MaxOutput { get; init; } = 4 * 1024 * 1024;

    /// <summary>The largest number of actions; 10 000 by default.</summary>
    public int MaxActions { get; init; } = 10_000;

    /// <summary>The deepest nesting of parentheses; 16 by default.</summary>
    public int MaxDepth { get; init; } = 16;

    /// <summary>The largest number of fields in one path; 16 by default.</summary>
    public int MaxFields { get; init; } = 16;
}
