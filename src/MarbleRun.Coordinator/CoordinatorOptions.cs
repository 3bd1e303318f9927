using System.ComponentModel.DataAnnotations;
using MarbleRun.Coordinator.Attestation;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.Manifests;
using MarbleRun.Coordinator.Peers;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Tee;

namespace MarbleRun.Coordinator;

/// <summary>The start options of a Coordinator: configuration section <c>Coordinator</c>, the <c>EDG_COORDINATOR_*</c> variables and the
/// command line.</summary>
public sealed class CoordinatorOptions
{
    /// <summary>The name of the configuration section.</summary>
    public const string SectionName = "Coordinator";

    /// <summary>The address at which Marbles activate, <c>host:port</c>; without a host, all interfaces. The default is <c>:2001</c>; port
    /// 0 uses a free one.</summary>
    public string MeshAddress { get; set; } = ":2001";

    /// <summary>The address at which clients manage and verify, <c>host:port</c>; without a host, all interfaces. The default is
    /// <c>:4433</c>; port 0 uses a free one.</summary>
    public string ClientAddress { get; set; } = ":4433";

    /// <summary>
    /// The address of metrics, events and health, <c>host:port</c>, in plain HTTP without authentication; empty, which is the default, to
    /// disable it. Without a host, all interfaces; port 0 uses a free one.
    /// </summary>
    public string MetricsAddress { get; set; } = string.Empty;

    /// <summary>
    /// How the log is written; the default is <see cref="CoordinatorLogFormat.Console"/>. It applies only to the Coordinator's own process:
    /// a host that calls <c>AddCoordinator()</c> keeps its own logging.
    /// </summary>
    public CoordinatorLogFormat LogFormat { get; set; }

    /// <summary>
    /// The DNS names and addresses of the Coordinator's certificates; the default is <c>localhost</c>. The loopback addresses are always
    /// added. They are used when the certificates are made, not at a restart. In configuration a list, or one value with commas.
    /// </summary>
    public IList<string> DnsNames { get; set; } = ["localhost"];

    /// <summary>The folder of the sealed state; the default is <c>marblerun-coordinator-data</c> below the working directory.</summary>
    public string SealDirectory { get; set; } = "marblerun-coordinator-data";

    /// <summary>
    /// Whether the Coordinator trusts the development root of this machine and no hardware. The default is false. It protects nothing: it
    /// is for experiments and tests.
    /// </summary>
    public bool Simulation { get; set; }

    /// <summary>
    /// How the Coordinator reaches the trusted execution environment that it runs in; the default is
    /// <see cref="TeeBackend.Automatic"/>, the one that is found. It cannot be combined with <see cref="Simulation"/>.
    /// </summary>
    public TeeBackend TeeBackend { get; set; }

    /// <summary>Whether an empty quote, which Marbles of MarbleRun 1.9 send without hardware, is refused in simulation too. The default is
    /// false.</summary>
    public bool RequireQuote { get; set; }

    /// <summary>The largest body that the client port reads, in bytes, from 1,024 to 104,857,600; the default is 8,388,608, which is enough
    /// for a manifest of 6 MB in base64. A larger body is answered with 413.</summary>
    [Range(1024d, 104_857_600d)]
    public long MaxRequestBodySize { get; set; } = 8 * 1024 * 1024;

    /// <summary>
    /// Whether, in recovery mode, the first caller may set a manifest, to start a new mesh. The default is false. The state that was not
    /// recovered is kept in the seal directory under another name. Without recovery mode the option has no effect.
    /// </summary>
    public bool StartAfresh { get; set; }

    /// <summary>
    /// Whether recovery secrets without a signature are accepted, as before MarbleRun 1.9. The default is false. With it, anyone who can
    /// write the seal directory can replace this deployment's state with a forged one.
    /// </summary>
    public bool AllowUnsignedRecovery { get; set; }

    /// <summary>A manifest that is set at the start if none is set yet. Not set by default. If a state exists, or must be recovered, the
    /// option has no effect.</summary>
    public string? StartupManifest { get; set; }

    /// <summary>Who may set the first manifest, and which one. Not set by default: the first caller may.</summary>
    public BootstrapOptions Bootstrap { get; set; } = new();

    /// <summary>
    /// A file of owners' signatures of the <see cref="StartupManifest"/>, as <c>marblerun manifest sign</c> writes it; kept beside the
    /// manifest, and served. Not set by default. If that manifest is in force already, new signatures are added.
    /// </summary>
    public string? StartupManifestSignatures { get; set; }

    /// <summary>
    /// Whether <see cref="StartupManifest"/> replaces another manifest in force, with a full update that needs no acknowledgments. The
    /// default is false. It is for development, where each build makes a manifest. Outside simulation, users of the manifest send updates,
    /// and a start with this option is refused.
    /// </summary>
    public bool UpdateToStartupManifest { get; set; }

    /// <summary>The folder of the audit trail; the default is <c>audit</c> in the seal directory.</summary>
    public string? AuditDirectory { get; set; }

    /// <summary>
    /// Whether an audit trail that does not contain the head that the state knows is accepted, for instance an empty one. The default is
    /// false: such a start is refused, because records may have been removed. The new trail contains the end of the previous one.
    /// </summary>
    public bool NewAuditTrail { get; set; }

    /// <summary>
    /// A file that remembers the generations of the state and of its counters, so that older ones are refused. Put it where a writer of the
    /// seal directory cannot write. Not set by default.
    /// </summary>
    public string? GenerationGuardPath { get; set; }

    /// <summary>
    /// How many bytes the counters of one Marble type may take, from 4,096 to 16,777,216; the default is 524,288, some 5,000 counters with
    /// short names. A Marble chooses its UUID, so counters are limited by type; existing counters can always be raised.
    /// </summary>
    [Range(4096, 16_777_216)]
    public int CounterBytesPerType { get; set; } = 512 * 1024;

    /// <summary>How certificates are issued.</summary>
    public AuthorityOptions Authority { get; set; } = new();

    /// <summary>Limits of the resources that callers may use.</summary>
    public LimitOptions Limits { get; set; } = new();

    /// <summary>The sources of collateral.</summary>
    public AttestationOptions Attestation { get; set; } = new();

    /// <summary>What Coordinators that share a store need to know.</summary>
    public StoreOptions Store { get; set; } = new();

    /// <summary>How this Coordinator and others that share its store reach each other.</summary>
    public PeerOptions Peers { get; set; } = new();

    internal string AuditDirectoryOrDefault => string.IsNullOrEmpty(AuditDirectory) ? Path.Combine(SealDirectory, "audit") : AuditDirectory;
}
