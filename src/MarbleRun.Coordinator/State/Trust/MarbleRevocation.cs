using System.Collections.Immutable;

namespace MarbleRun.Coordinator.State.Trust;

/// <summary>A revocation of Marbles: in force, or waiting for more users to agree.</summary>
/// <param name="Number">Never used for another revocation of this deployment.</param>
/// <param name="Subject">What it names.</param>
/// <param name="MarbleTypes">
/// The Marble types that it is about; all if the list is empty. A user who may revoke only some types must not reach others with a UUID
/// that a Marble of another type also has: a Marble chooses its UUID.
/// </param>
/// <param name="Reason">What the first user wrote.</param>
/// <param name="Approvals">Who agreed, the user who asked first.</param>
internal sealed record MarbleRevocation(
    ulong Number,
    RevocationSubject Subject,
    ImmutableArray<string> MarbleTypes,
    string Reason,
    ImmutableArray<RevocationVote> Approvals)
{
    /// <summary>When it came in force; null as long as approvals are missing.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Who agreed to lift it.</summary>
    public ImmutableArray<RevocationVote> LiftApprovals { get; init; } = [];

    /// <summary>
    /// The certificates that it names, as far as they are known, for the certificate revocation list: the list of identities is in memory
    /// only. Some may have ended.
    /// </summary>
    public ImmutableArray<RevokedCertificate> Certificates { get; init; } = [];

    public bool IsInForce => Since is not null;

    /// <summary>The reason of a refusal, as the Marble gets it.</summary>
    public string Describe(in RevocableMarble marble) => Subject.Kind == RevocationKind.Platform && marble.HidesPlatform
        ? $"this Marble hides its platform, while a platform is revoked (revocation {Number})"
        : $"this Marble is revoked (revocation {Number})";

    /// <summary>Whether it is about Marbles of a type.</summary>
    public bool Covers(string marbleType) => MarbleTypes.IsEmpty || MarbleTypes.Contains(marbleType, StringComparer.Ordinal);

    /// <summary>Whether it names this Marble, in force or not; one of a platform, a Marble that hides its platform, too.</summary>
    public bool Fits(in RevocableMarble marble) => Covers(marble.MarbleType) && Subject.Kind switch
    {
        RevocationKind.Uuid => Subject.Value == MarbleRun.Identity.MarbleUuid.ToCanonical(marble.Uuid),
        RevocationKind.Certificate => Subject.Value == marble.Certificate,
        RevocationKind.MarbleType => Subject.Value == marble.MarbleType,
        RevocationKind.Measurement => Subject.Value == marble.Measurement,
        _ => marble.HidesPlatform || Subject.Value == marble.Platform,
    };
}

/// <summary>That a user agreed. It counts as long as the user is in the manifest with the same certificate and has the
/// permission.</summary>
/// <param name="User">The name in the manifest of that time.</param>
/// <param name="CertificateHash">SHA-256 of the user's certificate, lower-case hex.</param>
/// <param name="Time">When.</param>
internal sealed record RevocationVote(string User, string CertificateHash, DateTimeOffset Time);
