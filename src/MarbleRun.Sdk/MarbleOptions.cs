using MarbleRun.Attestation.Collateral;

namespace MarbleRun;

/// <summary>Specifies how this process becomes a Marble.</summary>
/// <remarks>
/// A value set in code overrides an <c>EDG_MARBLE_…</c> environment variable (which the platform's injector sets), the variable overrides
/// the configuration section <see cref="SectionName"/>, and the section overrides the default. An empty value counts as not set. All values
/// are read once, at the start; <see cref="RequireMarbleClients"/> and <see cref="AllowPlaintext"/> are read again after the activation by
/// <c>AddMarble()</c>, because the manifest may also set them, as the variables <c>Marble__RequireMarbleClients</c> and
/// <c>Marble__AllowPlaintext</c>.
/// </remarks>
public sealed class MarbleOptions
{
    /// <summary>The name of the configuration section: <c>Marble</c>.</summary>
    public const string SectionName = "Marble";

    /// <summary>
    /// The Coordinator's mesh address, <c>host:port</c> or <c>https://host:port</c>; an IPv6 address is in brackets. Several Coordinators
    /// that share a store have commas between their addresses, or a name with several addresses.
    /// The variable is <c>EDG_MARBLE_COORDINATOR_ADDR</c>; the default is <c>localhost:2001</c>.
    /// </summary>
    public string CoordinatorAddress { get; set; } = "localhost:2001";

    /// <summary>
    /// The type of this Marble: a key of the manifest's <c>Marbles</c>. Required. The variable is <c>EDG_MARBLE_TYPE</c>.
    /// </summary>
    public string MarbleType { get; set; } = string.Empty;

    /// <summary>
    /// The names under which peers reach this Marble; an IP address becomes an IP entry of the certificate. 127.0.0.1 and ::1 are always
    /// added. The variable is <c>EDG_MARBLE_DNS_NAMES</c>, separated by commas; the default is <c>localhost</c>.
    /// </summary>
    public IList<string> DnsNames { get; set; } = ["localhost"];

    /// <summary>
    /// The file that keeps this instance's UUID across restarts; the first start creates the file, but not its folder.
    /// The variable is <c>EDG_MARBLE_UUID_FILE</c>; the default is <c>uuid</c> in the folder <c>EDG_CWD</c>, or in the working directory.
    /// </summary>
    public string? UuidFile { get; set; }

    /// <summary>
    /// The time that the activation may take, including the wait for the Coordinator: 1 second to 1 hour; the default is 1 minute.
    /// </summary>
    public TimeSpan ActivationTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// True to attest with the simulated platform, which protects nothing and which only a simulated Coordinator accepts.
    /// The variable is <c>OE_SIMULATION=1</c>; the default is false.
    /// </summary>
    public bool Simulation { get; set; }

    /// <summary>
    /// The Coordinator that this Marble trusts. Null, the default, uses the trust that the build embedded in the entry assembly; if the
    /// assembly has none either, the start fails. Set it only in code: neither configuration nor environment is read, because the host
    /// controls both.
    /// </summary>
    public CoordinatorTrust? CoordinatorTrust { get; set; }

    /// <summary>The host's additional requirements for the Coordinator. Empty by default.</summary>
    public CoordinatorRequirements CoordinatorRequirements { get; set; } = new();

    /// <summary>The limits for connections to the app's endpoints whose clients are not yet authenticated.</summary>
    public ConnectionLimits ConnectionLimits { get; set; } = new();

    /// <summary>
    /// The Coordinator's client address, <c>host:port</c> or <c>https://host:port</c>. Needed only for a Coordinator of MarbleRun 1.9: one
    /// that must prove itself (<see cref="CoordinatorTrust.WithMarbleRun19"/>), or to read there whether this Marble may be activated again
    /// before its certificate ends, because such a Coordinator renews no certificate. Not set by default.
    /// </summary>
    public string? CoordinatorClientAddress { get; set; }

    /// <summary>
    /// A file of the owners' signatures, as written by <c>marblerun manifest sign</c>, for a Coordinator that does not store signatures.
    /// The signatures are self-authenticating. Not set by default.
    /// </summary>
    public string? OwnerSignatureFile { get; set; }

    /// <summary>The sources of the collateral for the Coordinator's evidence. Empty by default.</summary>
    public MarbleCollateral Collateral { get; set; } = new();

    /// <summary>
    /// The app's own source of collateral, instead of <see cref="Collateral"/>; with <c>AddMarble()</c> a service of this type also works.
    /// Null by default. Set it only in code.
    /// </summary>
    public ICollateralProvider? CollateralProvider { get; set; }

    /// <summary>
    /// True to accept only Marbles as clients of HTTPS endpoints. False admits clients without a certificate; a certificate that a client
    /// shows must be a Marble certificate even then. The default is true.
    /// </summary>
    public bool RequireMarbleClients { get; set; } = true;

    /// <summary>True to answer requests without TLS. The default is false: they are refused with status 403.</summary>
    public bool AllowPlaintext { get; set; }

    /// <summary>
    /// What this Marble does when it cannot hear of revocations. The default goes on for one hour and refuses all peers then. Set it only
    /// in code.
    /// </summary>
    public RevocationPolicy RevocationPolicy { get; set; } = new();

    /// <summary>
    /// The folders in which files of the manifest may be written, including their subfolders; a relative path starts at the working
    /// directory. The default is <c>data</c>. Files of the app, of the runtime and of the system are refused regardless of the list. Set it
    /// only in code: add to it, or clear it first.
    /// </summary>
    public IList<string> FileRoots { get; } = ["data"];

    /// <summary>
    /// Variables that the manifest may set although they control which code runs in this process or its children, or whom it trusts:
    /// variables of the loader, the runtime, OpenSSL, shells, proxies, <c>PATH</c>, <c>HOME</c>, <c>TMPDIR</c> and similar ones. Exact
    /// names, in any case; empty by default. Set it only in code.
    /// </summary>
    public IList<string> AllowedVariables { get; } = [];

    /// <summary>
    /// True to set <c>MARBLE_PREDEFINED_PRIVATE_KEY</c> and the other variables of the identity in the environment, which every child
    /// process inherits. The default is false: the identity is an object. With true, the variables keep the
    /// identity of the start, and the process asks the Coordinator for a certificate that is not renewed, since children cannot renew it.
    /// Set it only in code.
    /// </summary>
    public bool ExportIdentity { get; set; }

    /// <summary>
    /// The address for health probes of this Marble, <c>IP:port</c>, <c>localhost:port</c> or <c>:port</c> for all interfaces: plain HTTP,
    /// only <c>/health/live</c> and <c>/health/ready</c>, open from the start of the host, so that kubelets and load balancers need no
    /// certificate. The answers contain the state of the checks and this Marble's type and UUID. The default is empty: no such port.
    /// </summary>
    public string? HealthAddress { get; set; }

    /// <summary>Reads the variables <c>EDG_MARBLE_…</c> and <c>OE_SIMULATION</c> of this process, and no configuration file.</summary>
    /// <returns>New options; what the environment does not set has its default.</returns>
    public static MarbleOptions FromEnvironment()
    {
        var options = new MarbleOptions();
        MarbleOptionsSource.ReadEnvironment(Environment.GetEnvironmentVariable, options);
        return options;
    }

    /// <summary>Whether the process is already activated, so that no Coordinator is called.</summary>
    internal bool IsActivated { get; set; }
}
