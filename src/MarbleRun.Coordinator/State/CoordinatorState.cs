using System.Collections.Immutable;
using MarbleRun.Attestation;
using MarbleRun.Audit;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.State.Trust;
using MarbleRun.Management;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Coordinator.State;

/// <summary>
/// Everything that the Coordinator knows, of one generation: a holder of a reference sees one consistent mesh and never waits.
/// </summary>
internal sealed record CoordinatorState
{
    /// <summary>Counts commits, but not those of counters alone; 0 was never committed.</summary>
    public required ulong Generation { get; init; }

    /// <summary>The version of everything that decisions are based on; <see cref="After"/> sets it.</summary>
    public ConfigurationVersion Configuration { get; private init; }

    public required MeshAuthority Authority { get; init; }

    /// <summary>Authorities of before updates with an overlap, newest first; some may have ended.</summary>
    public ImmutableArray<RetiredAuthority> RetiredAuthorities { get; init; } = [];

    /// <summary>32 random bytes that the private secrets of Marbles are derived from.</summary>
    public required ReadOnlyMemory<byte> RootSecret { get; init; }

    /// <summary>The root secret before the last rotation; empty while there was none.</summary>
    public ReadOnlyMemory<byte> PreviousRootSecret { get; init; }

    /// <summary>The manifest in force, or null while none is set.</summary>
    public MeshManifest? Manifest { get; init; }

    /// <summary>
    /// What owners signed of the manifest in force, verified when it came; of each key the one with the highest sequence, so many as
    /// <see cref="ManifestSignature.MaxCount"/>. Whose keys they are is for Marbles to judge.
    /// </summary>
    public ImmutableArray<ManifestSignature> ManifestSignatures { get; init; } = [];

    /// <summary>Shared and user-defined secrets by name; not the shared ones that no caller can see.</summary>
    public ImmutableSortedDictionary<string, StoredSecret> Secrets { get; init; } = ImmutableSortedDictionary.Create<string, StoredSecret>(
        StringComparer.Ordinal);

    /// <summary>The values before the last full update, of those secrets alone whose value was another one then.</summary>
    public ImmutableSortedDictionary<string, StoredSecret> PreviousSecrets { get; init; } =
        ImmutableSortedDictionary.Create<string, StoredSecret>(StringComparer.Ordinal);

    /// <summary>How often Marble types with a budget were activated.</summary>
    public ImmutableSortedDictionary<string, ulong> Activations { get; init; } = ImmutableSortedDictionary.Create<string, ulong>(
        StringComparer.Ordinal);

    /// <summary>The state's key and its recovery data.</summary>
    public required StateProtection Protection { get; init; }

    /// <summary>Whether this only stands in for a sealed state that waits for its key. It is never stored.</summary>
    public bool InRecovery { get; init; }

    /// <summary>By package: the security version that package updates raised it to, over the manifest's.</summary>
    public ImmutableSortedDictionary<string, ulong> SecurityVersions { get; init; } = ImmutableSortedDictionary.Create<string, ulong>(
        StringComparer.Ordinal);

    /// <summary>The full update that waits for acknowledgments, or null.</summary>
    public PendingUpdate? PendingUpdate { get; init; }

    /// <summary>The revocations of Marbles. Updates of the manifest keep them.</summary>
    public RevocationSet Revocations { get; init; } = RevocationSet.Empty;

    /// <summary>What changed since the first manifest was set, oldest first: one JSON object each, as clients read them.</summary>
    public ImmutableList<string> UpdateLog { get; init; } = [];

    /// <summary>Monotonic counters of Marbles. They change without the rest, and are sealed apart from it.</summary>
    public CounterSet Counters { get; init; } = CounterSet.Empty;

    /// <summary>Whether it was made where a generation guard was asked.</summary>
    public bool IsGuarded { get; init; }

    /// <summary>
    /// By the name of a replica, the end of its audit trail when it last changed the state; <see cref="Replica.Single"/> where one
    /// Coordinator has the store for itself.
    /// </summary>
    public ImmutableSortedDictionary<string, AuditHead> AuditHeads { get; init; } = ImmutableSortedDictionary.Create<string, AuditHead>(
        StringComparer.Ordinal);

    /// <summary>
    /// Counted activations that may be repeated because their answer was lost, by their key, and until when. Only a
    /// shared store has them.
    /// </summary>
    public ImmutableSortedDictionary<string, DateTimeOffset> RecentActivations { get; init; } =
        ImmutableSortedDictionary.Create<string, DateTimeOffset>(StringComparer.Ordinal);

    public CoordinatorPhase Phase =>
        InRecovery ? CoordinatorPhase.Recovery
        : Manifest is null ? CoordinatorPhase.AcceptingManifest
        : CoordinatorPhase.AcceptingMarbles;

    /// <summary>How the state is sealed: one of <see cref="SealModes"/>.</summary>
    public string SealMode => Manifest?.Manifest.Config.SealMode is { Length: > 0 } mode ? mode : SealModes.ProductKey;

    /// <summary>The SPIFFE trust domain of the deployment: the manifest's, or one that its root certificate determines.</summary>
    public string TrustDomain =>
        Manifest?.Manifest.Config.TrustDomain is { Length: > 0 } domain ? domain : Authority.DefaultTrustDomain;

    /// <summary>A package of the manifest as it is in force, with what package updates made of it.</summary>
    public PackageProperties? FindPackage(string name) =>
        Manifest?.Manifest.Packages.GetValueOrDefault(name) is not { } package ? null
        : SecurityVersions.TryGetValue(name, out ulong version) ? package with { SecurityVersion = version }
        : package;

    /// <summary>Whether manifest, authority and security versions of packages are those of another state.</summary>
    public bool HasSameMesh(CoordinatorState other) => Configuration.Mesh == other.Configuration.Mesh;

    /// <summary>This state as the successor of another one. The writer calls it for every change, so that no change can omit it.</summary>
    public CoordinatorState After(CoordinatorState before)
    {
        var version = ConfigurationVersion.Of(this, before);
        return version == Configuration ? this : this with { Configuration = version };
    }

    /// <summary>
    /// This state with more lines in the update log, and the end of the audit trail that records them. Changes may come in another order
    /// than their records: any head that the trail once had will do.
    /// </summary>
    /// <param name="replica">The replica that keeps the trail.</param>
    /// <param name="head">The end of the trail.</param>
    /// <param name="logLines">The lines.</param>
    public CoordinatorState Recorded(string replica, AuditHead head, params IEnumerable<string> logLines) => this with
    {
        UpdateLog = UpdateLog.AddRange(logLines),
        AuditHeads = AuditHeads.SetItem(replica, head),
    };

    public override string ToString() => $"state of generation {Generation}";
}

/// <summary>
/// Numbers that change with the configuration of a mesh, so that a decision made on one state can be checked against a newer one. They are
/// valid in this process only, and are not stored. Counting (activations, counters, audit trail, update log) does not change them.
/// </summary>
/// <param name="Mesh">Changes with the manifest, the authority, the security versions of packages, and with the end of a recovery.</param>
/// <param name="Update">Changes with the update that waits for acknowledgments.</param>
/// <param name="Secrets">Changes with the values of secrets, in force and previous.</param>
/// <param name="Revocations">Changes with the revocations of Marbles.</param>
internal readonly record struct ConfigurationVersion(ulong Mesh, ulong Update, ulong Secrets, ulong Revocations)
{
    /// <summary>Whether a manifest that was prepared from the one state fits the other: revocations do not belong to it.</summary>
    public bool HasSameManifest(ConfigurationVersion other) => this with { Revocations = other.Revocations } == other;

    /// <summary>The version of a state that follows another one.</summary>
    public static ConfigurationVersion Of(CoordinatorState next, CoordinatorState before)
    {
        bool isSameMesh = ReferenceEquals(next.Manifest, before.Manifest)
            && ReferenceEquals(next.Authority, before.Authority)
            && next.RetiredAuthorities.Equals(before.RetiredAuthorities)
            && ReferenceEquals(next.SecurityVersions, before.SecurityVersions)
            && next.InRecovery == before.InRecovery;
        bool areSameSecrets = ReferenceEquals(next.Secrets, before.Secrets)
            && ReferenceEquals(next.PreviousSecrets, before.PreviousSecrets);
        (ulong mesh, ulong update, ulong secrets, ulong revocations) = before.Configuration;
        return new ConfigurationVersion(
            isSameMesh ? mesh : mesh + 1,
            ReferenceEquals(next.PendingUpdate, before.PendingUpdate) ? update : update + 1,
            areSameSecrets ? secrets : secrets + 1,
            ReferenceEquals(next.Revocations, before.Revocations) ? revocations : revocations + 1);
    }
}
