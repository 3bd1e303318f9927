using System.Collections.Immutable;

namespace MarbleRun.Activation;

/// <summary>What the manifest gave this Marble, by name. The values are where the manifest wanted them, and nowhere else.</summary>
public sealed class MarbleParameters
{
    internal MarbleParameters(ImmutableArray<string> files, ImmutableArray<string> environment, ImmutableArray<string> arguments)
    {
        Files = files;
        Environment = environment;
        Arguments = arguments;
    }

    /// <summary>The full paths of the files that were written, in the order of writing.</summary>
    public ImmutableArray<string> Files { get; }

    /// <summary>The names of the environment variables that were set, in byte order; the identity's own (<c>MARBLE_PREDEFINED_…</c>) only with <see cref="MarbleOptions.ExportIdentity"/>.</summary>
    public ImmutableArray<string> Environment { get; }

    /// <summary>
    /// The manifest's <c>Argv</c>, or <c>["./marble"]</c> if it has none. The first is the program's name, as in C; the SDK does not apply them.
    /// </summary>
    public ImmutableArray<string> Arguments { get; }
}
