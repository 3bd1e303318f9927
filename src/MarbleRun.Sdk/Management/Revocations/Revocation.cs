using System.Collections.Immutable;

namespace MarbleRun.Management.Revocations;

/// <summary>A revocation of Marbles, in force or waiting for more users to agree.</summary>
public sealed record Revocation
{
    /// <summary>The number, which is never used for another revocation.</summary>
    public required ulong Number { get; init; }

    /// <summary>What <see cref="Subject"/> is.</summary>
    public required RevocationSubjectKind Kind { get; init; }

    /// <summary>The name of the revoked Marbles.</summary>
    public required string Subject { get; init; }

    /// <summary>The Marble types that it is about; all types if the list is empty.</summary>
    public ImmutableArray<string> MarbleTypes { get; init; } = [];

    /// <summary>The reason that the first user gave.</summary>
    public string Reason { get; init; } = string.Empty;

    /// <summary>Whether it is in force.</summary>
    public bool IsInForce { get; init; }

    /// <summary>
    /// The number of users who must still agree: to the revocation; or, once it is in force and a user agreed to lift it, to lifting it.
    /// </summary>
    public int MissingApprovals { get; init; }

    /// <summary>The users who could agree, and have not.</summary>
    public ImmutableArray<string> MissingUsers { get; init; } = [];
}
