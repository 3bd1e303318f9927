namespace MarbleRun.Activation.Targets;

/// <summary>
/// The names of the parameters that the manifest gave this Marble. The values are only in the places that the manifest specifies.
/// </summary>
public sealed class MarbleParameters
{
    internal MarbleParameters(IReadOnlyList<string> files, IReadOnlyList<string> environment, IReadOnlyList<string> arguments)
    {
        Files = files;
        Environment = environment;
        Arguments = arguments;
    }

    /// <summary>The full paths of the files that were written, in the order of writing.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>
    /// The names of the environment variables that were set, in byte order; the variables of the identity (<c>MARBLE_PREDEFINED_…</c>) only
    /// with <see cref="MarbleOptions.ExportIdentity"/>.
    /// </summary>
    public IReadOnlyList<string> Environment { get; }

    /// <summary>
    /// The manifest's <c>Argv</c>, or <c>["./marble"]</c> by default. The first element is the program's name, as in C; the SDK does not
    /// apply them.
    /// </summary>
    public IReadOnlyList<string> Arguments { get; }
}
