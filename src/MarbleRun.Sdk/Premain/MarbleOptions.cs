using MarbleRun.Attestation.Collateral;

namespace MarbleRun.Activation;

/// <summary>How this process becomes a Marble.</summary>
/// <remarks>
/// A value set in code wins over an <c>EDG_MARBLE_…</c> environment variable (which the platform's injector sets), that over the configuration
/// section <see cref="SectionName"/>, and that over the default. An empty value counts as not set. All values are read once, at the start;
/// <see cref="RequireMarbleClients"/> and <see cref="AllowPlaintext"/> once more after the activation by <c>AddMarble()</c>, because the manifest may set them, too, as variables
/// <c>Marble__RequireMarbleClients</c> and <c>Marble__AllowPlaintext</c>.
/// </remarks>
public sealed class MarbleOptions
{
    /// <summary>The name of the configuration section: <c>Marble</c>.</summary>
    public const string SectionName = "Marble";

    /// <summary>
    /// The Coordinator's mesh address, <c>host:port</c> or <c>https://host:port</c>; an IPv6 address stands in brackets.
    /// The variable is <c>EDG_MARBLE_COORDINATOR_ADDR</c>; the default is <c>localhost:2001</c>.
    /// </summary>
    public string CoordinatorAddress { get; set; } = "localhost:2001";

    /// <summary>The type of this Marble: a key of the manifest's <c>Marbles</c>. Required. The variable is <c>EDG_MARBLE_TYPE</c>.</summary>
    public string MarbleType { get; set; } = string.Empty;

    /// <summary>
    /// The names under which peers reach this Marble; an IP address becomes an IP entry of the certificate. 127.0.0.1 and ::1 are always added.
    /// The variable is <c>EDG_MARBLE_DNS_NAMES</c>, separated by commas; the default is <c>localhost</c>.
    /// </summary>
    public IList<string> DnsNames { get; set; } = ["localhost"];

    /// <summary>
    /// The file that keeps this instance's UUID over restarts; it is made on the first start, its folder is not.
    /// The variable is <c>EDG_MARBLE_UUID_FILE</c>; the default is <c>uuid</c> in the folder <c>EDG_CWD</c>, or in the working directory.
    /// </summary>
    public string? UuidFile { get; set; }

    /// <summary>How long the activation may take, waiting for the Coordinator included: 1 second to 1 hour; the default is 1 minute.</summary>
    public TimeSpan ActivationTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// True to attest with the software platform, which protects nothing and which only a Coordinator in simulation accepts.
    /// The variable is <c>OE_SIMULATION=1</c>; the default is false.
    /// </summary>
    public bool Simulation { get; set; }

    /// <summary>
    /// Which Coordinator this Marble obeys. Null, which is the default, for what the build embedded in the entry assembly; if that has nothing either,
    /// the start fails. Set in code alone: neither configuration nor environment is read, because both are the host's.
    /// </summary>
    public CoordinatorTrust? CoordinatorTrust { get; set; }

    /// <summary>What the host asks of the Coordinator as well. Nothing by default.</summary>
    public CoordinatorRequirements CoordinatorRequirements { get; set; } = new();

    /// <summary>What callers may cost the endpoints of the app before anybody knows who they are.</summary>
    public ConnectionLimits ConnectionLimits { get; set; } = new();

    /// <summary>
    /// The Coordinator's client address, <c>host:port</c> or <c>https://host:port</c>. Needed only for a Coordinator of MarbleRun 1.9 that must prove itself
    /// (<see cref="CoordinatorTrust.WithMarbleRun19"/>). Not set by default.
    /// </summary>
    public string? CoordinatorClientAddress { get; set; }

    /// <summary>
    /// A file of the owners' signatures, as <c>marblerun manifest sign</c> writes it, for a Coordinator that keeps none. Signatures vouch for themselves. Not
    /// set by default.
    /// </summary>
    public string? OwnerSignatureFile { get; set; }

    /// <summary>Where the collateral for the Coordinator's evidence comes from. Nowhere by default.</summary>
    public MarbleCollateral Collateral { get; set; } = new();

    /// <summary>
    /// A source of collateral of the app's own, in the place of <see cref="Collateral"/>; with <c>AddMarble()</c> a service of this type will do. Null by default.
    /// Set in code alone.
    /// </summary>
    public ICollateralProvider? CollateralProvider { get; set; }

    /// <summary>
    /// True to accept only Marbles as clients of HTTPS endpoints. False lets clients without a certificate in; a certificate that is shown must
    /// be a Marble's even then. The default is true.
    /// </summary>
    public bool RequireMarbleClients { get; set; } = true;

    /// <summary>True to answer requests that came without TLS. The default is false: they are refused with status 403.</summary>
    public bool AllowPlaintext { get; set; }

    /// <summary>
    /// The folders in which files of the manifest may be written, with all that is below; a relative one starts at the working directory. The default is
    /// <c>data</c>. Files of the app, of the runtime and of the system are refused wherever the list says. Set in code alone: add to it, or clear it first.
    /// </summary>
    public IList<string> FileRoots { get; } = ["data"];

    /// <summary>
    /// Variables that the manifest may set although they steer what code runs in this process or its children, or whom it trusts: of the loader, the runtime, OpenSSL,
    /// shells, proxies, <c>PATH</c>, <c>HOME</c>, <c>TMPDIR</c> and their like. Exact names, in any case; none by default. Set in code alone.
    /// </summary>
    public IList<string> AllowedVariables { get; } = [];

    /// <summary>
    /// True to set <c>MARBLE_PREDEFINED_PRIVATE_KEY</c> and the other variables of the identity in the environment, which every child process inherits. The default is
    /// false: the identity is an object. Set in code alone.
    /// </summary>
    public bool ExportIdentity { get; set; }

    /// <summary>
    /// Where probes ask for this Marble's health, <c>IP:port</c>, <c>localhost:port</c> or <c>:port</c> for all interfaces: plain HTTP, <c>/health/live</c> and
    /// <c>/health/ready</c> alone, open from the start of the host on, so that kubelets and load balancers need no certificate. What is told there is the
    /// state of the checks and this Marble's type and UUID. The default is empty: no such port.
    /// </summary>
    public string? HealthAddress { get; set; }

    /// <summary>Whether the process has been activated already, so that no Coordinator will be asked for anything.</summary>
    internal bool IsActivated { get; set; }
}
