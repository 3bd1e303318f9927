using System.Collections.Immutable;

namespace MarbleRun.Management.Revocations;

/// <summary>The result of a call that revokes Marbles or lifts a revocation.</summary>
public sealed record RevocationResult
{
    /// <summary>The revocation.</summary>
    public required Revocation Revocation { get; init; }

    /// <summary>Whether the call lifted it.</summary>
    public bool IsLifted { get; init; }

    /// <summary>
    /// The known identities that it names, at most 1,000. After a restart, a Coordinator knows only the Marbles that called it.
    /// </summary>
    public ImmutableArray<IssuedMarble> Marbles { get; init; } = [];

    /// <summary>The number of known identities that are not in <see cref="Marbles"/>.</summary>
    public int OmittedMarbles { get; init; }

    /// <summary>The names of the secrets that these Marbles held: replace them if the Marble was not trustworthy.</summary>
    public ImmutableArray<string> Secrets { get; init; } = [];
}
