namespace MarbleRun.Activation.Targets;

/// <summary>What new parameters changed: names, and no values.</summary>
/// <param name="Files">The full paths of files with another content.</param>
/// <param name="Variables">The names of environment variables that have another value, or are new or gone.</param>
/// <param name="Kept">Files and variables that keep their values until the process starts again.</param>
/// <param name="IsEmpty">Whether every value is the same as before.</param>
internal sealed record ParameterChange(
    IReadOnlyList<string> Files, IReadOnlyList<string> Variables, IReadOnlyList<string> Kept, bool IsEmpty);
