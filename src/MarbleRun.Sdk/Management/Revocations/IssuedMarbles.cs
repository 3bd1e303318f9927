namespace MarbleRun.Management.Revocations;

/// <summary>The identities that a Coordinator lists.</summary>
public sealed class IssuedMarbles
{
    /// <summary>The identities whose certificates are valid, of the types that the user may list.</summary>
    public required IReadOnlyList<IssuedMarble> Marbles { get; init; }

    /// <summary>
    /// No identity is missing that was issued since this time. Of those from before, as from before a restart of the Coordinator, the list
    /// contains the ones whose Marbles showed their certificate to the Coordinator since; the audit trail has them all.
    /// </summary>
    public DateTimeOffset CompleteSince { get; init; }
}
