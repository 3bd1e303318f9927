namespace MarbleRun.Manifests.Templates;

/// <summary>The limits for the work of a template.</summary>
internal sealed record TemplateLimits
{
    public static TemplateLimits Default { get; } = new();

    /// <summary>The longest result, in bytes; 4 MiB by default.</summary>
    public int MaxOutput { get; init; } = 4 * 1024 * 1024;

    /// <summary>
    /// The limit for the work of one execution: each visited node counts as 1, and so do every 8 bytes that a function reads or creates;
    /// 1 000 000 by default.
    /// </summary>
    public int MaxSteps { get; init; } = 1_000_000;

    /// <summary>The largest number of actions; 10 000 by default.</summary>
    public int MaxActions { get; init; } = 10_000;

    /// <summary>The deepest nesting of parentheses; 16 by default.</summary>
    public int MaxDepth { get; init; } = 16;

    /// <summary>The deepest nesting of conditions and loops, <c>else if</c> included; 32 by default.</summary>
    public int MaxBlocks { get; init; } = 32;

    /// <summary>The largest number of fields in one path; 16 by default.</summary>
    public int MaxFields { get; init; } = 16;

    /// <summary>The largest number of operands of one command, and of commands of one pipe; 100 by default.</summary>
    public int MaxOperands { get; init; } = 100;

    /// <summary>The largest number of variables that exist at the same time; 100 by default.</summary>
    public int MaxVariables { get; init; } = 100;

    /// <summary>The longest string literal, in bytes; 64 KiB by default.</summary>
    public int MaxLiteral { get; init; } = 64 * 1024;
}
