namespace MarbleRun.TestSupport;

/// <summary>What a <see cref="FakeCoordinator"/> says when it is asked who it is; every field can be wrong.</summary>
public sealed record FakeAttestation
{
    /// <summary>A record of the Conceptual Message Wrapper.</summary>
    public required byte[] Evidence { get; init; }

    /// <summary>X.509, DER.</summary>
    public required byte[] Root { get; init; }

    /// <summary>X.509, DER.</summary>
    public required byte[] Intermediate { get; init; }

    /// <summary>SHA-256 of the manifest.</summary>
    public required byte[] ManifestFingerprint { get; init; }

    /// <summary>A file of owners' signatures, or nothing.</summary>
    public byte[] OwnerSignatures { get; init; } = [];
}
