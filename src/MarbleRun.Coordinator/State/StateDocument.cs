using System.Text.Json.Serialization;
using MarbleRun.Coordinator.State.Trust;

namespace MarbleRun.Coordinator.State;

/// <summary>The state as JSON, before it is sealed. Certificates are DER, keys PKCS#8 DER, all bytes base64.</summary>
internal sealed class StateDocument
{
    public const int CurrentFormat = 5;

    /// <summary>
    /// The oldest format that is read: of releases that sealed counters in the state alone. What they wrote, and what releases without
    /// overlap and revocation wrote (4), is also a state of this format.
    /// </summary>
    public const int OldestFormat = 3;

    public required int Format { get; init; }

    public required ulong Generation { get; init; }

    public required byte[] RootCertificate { get; init; }

    public required byte[] RootKey { get; init; }

    public required byte[] IntermediateCertificate { get; init; }

    public required byte[] MarbleRootCertificate { get; init; }

    public required byte[] IntermediateKey { get; init; }

    /// <summary>Authorities of before updates with an overlap; absent without such an update.</summary>
    public RetiredAuthorityDocument[]? RetiredAuthorities { get; init; }

    public required byte[] RootSecret { get; init; }

    public byte[]? PreviousRootSecret { get; init; }

    public byte[]? Manifest { get; init; }

    public byte[]? ManifestSignature { get; init; }

    /// <summary>Owners' signatures as a file, <see cref="MarbleRun.Manifests.Signatures.ManifestSignatures"/>;
    /// absent if the list is empty.</summary>
    public byte[]? OwnerSignatures { get; init; }

    public required SortedDictionary<string, SecretDocument> Secrets { get; init; }

    public SortedDictionary<string, SecretDocument>? PreviousSecrets { get; init; }

    public required SortedDictionary<string, ulong> Activations { get; init; }

    public SortedDictionary<string, ulong>? SecurityVersions { get; init; }

    public PendingUpdateDocument? PendingUpdate { get; init; }

    public string[]? UpdateLog { get; init; }

    /// <summary>The revocations of Marbles; absent if the list is empty.</summary>
    public RevocationDocument[]? Revocations { get; init; }

    /// <summary>The highest number of a revocation that was ever used; absent if there never was one.</summary>
    public ulong? LastRevocation { get; init; }

    /// <summary>The counters; absent if they are sealed apart or do not exist.</summary>
    public IReadOnlyDictionary<string, ulong>? Counters { get; init; }

    /// <summary>The series of the counters that are sealed apart; absent if none are.</summary>
    public Guid? CounterSeries { get; init; }

    /// <summary>
    /// The lowest generation that the counters may have, or had when they were sealed in here; absent if there never were any.
    /// </summary>
    public ulong? CounterGeneration { get; init; }

    /// <summary>Whether a generation guard was asked: then a start without a guard is reported.</summary>
    public bool Guarded { get; init; }

    /// <summary>The end of the audit trail when this state was made; it must be found in the trail again.</summary>
    public AuditHeadDocument? AuditHead { get; init; }

    /// <summary>The same for each replica that shares the store; absent without a shared store.</summary>
    public SortedDictionary<string, AuditHeadDocument>? AuditHeads { get; init; }

    /// <summary>Counted activations that may be repeated, and until when; absent without such activations.</summary>
    public SortedDictionary<string, DateTimeOffset>? RecentActivations { get; init; }

    internal sealed class RetiredAuthorityDocument
    {
        public required byte[] MarbleRootCertificate { get; init; }

        public required byte[] IntermediateCertificate { get; init; }

        public required DateTimeOffset Until { get; init; }
    }

    internal sealed class AuditHeadDocument
    {
        public required long Sequence { get; init; }

        public required string Hash { get; init; }
    }

    internal sealed class PendingUpdateDocument
    {
        public required byte[] Manifest { get; init; }

        public required SortedDictionary<string, bool> Acknowledgments { get; init; }

        public required int Required { get; init; }

        public byte[]? OwnerSignatures { get; init; }
    }

    internal sealed class RevocationDocument
    {
        public required ulong Number { get; init; }

        /// <summary>A <see cref="RevocationKind"/>.</summary>
        public required int Kind { get; init; }

        public required string Value { get; init; }

        /// <summary>Absent for all types.</summary>
        public string[]? MarbleTypes { get; init; }

        public required string Reason { get; init; }

        public required VoteDocument[] Approvals { get; init; }

        /// <summary>Absent as long as approvals are missing.</summary>
        public DateTimeOffset? Since { get; init; }

        public VoteDocument[]? LiftApprovals { get; init; }

        /// <summary>The certificates that it names, for the certificate revocation list; absent if none are known.</summary>
        public RevokedCertificateDocument[]? Certificates { get; init; }
    }

    internal sealed class RevokedCertificateDocument
    {
        /// <summary>The identifier of the key that signed it.</summary>
        public required byte[] IssuerKey { get; init; }

        public required byte[] SerialNumber { get; init; }

        public required DateTimeOffset NotAfter { get; init; }
    }

    internal sealed class VoteDocument
    {
        public required string User { get; init; }

        public required string CertificateHash { get; init; }

        public required DateTimeOffset Time { get; init; }
    }

    internal sealed class SecretDocument
    {
        public required byte[] Private { get; init; }

        public required byte[] Public { get; init; }

        public byte[]? Certificate { get; init; }
    }
}

// What is null is left out: the generated code writes a null array as an empty one.
[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(StateDocument))]
internal sealed partial class StateJsonContext : JsonSerializerContext;
