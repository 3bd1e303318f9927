using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Manifests.Signatures;
using MarbleRun.Primitives;

namespace MarbleRun;

/// <summary>
/// Specifies the Coordinator that a Marble trusts. The server that answers an activation gives the process its identity, its files and its
/// variables. Therefore the Marble must verify that server, and the rules for it must be measured: set in code, or embedded in the entry
/// assembly by the build.
/// </summary>
/// <remarks>
/// An instance is immutable, and has no constructor and no setter that a configuration binder could use: the host can only add requirements
/// (<see cref="MarbleOptions.CoordinatorRequirements"/>). If several roots, packages or keys are listed, one of each kind is sufficient, so
/// that one can replace another; if several kinds are specified, all of them must match.
/// </remarks>
public sealed class CoordinatorTrust
{
    private const int FingerprintLength = 64;

    private CoordinatorTrust()
    {
    }

    private CoordinatorTrust(CoordinatorTrust other)
    {
        Roots = other.Roots;
        Packages = other.Packages;
        OwnerKeys = other.OwnerKeys;
        MinimumSequence = other.MinimumSequence;
        AllowsSimulation = other.AllowsSimulation;
        SimulationRoot = other.SimulationRoot;
        AllowsMarbleRun19 = other.AllowsMarbleRun19;
    }

    /// <summary>
    /// Explicitly no trust: the Marble accepts any Coordinator. Each start logs a warning. For experiments, and for meshes whose hosts are
    /// trusted.
    /// </summary>
    public static CoordinatorTrust None { get; } = new();

    /// <summary>SHA-256 of the accepted root certificates, 64 lower-case hex digits each; empty if no root is pinned.</summary>
    public IReadOnlyList<string> Roots { get; private init; } = [];

    /// <summary>
    /// The code of the Coordinator; empty if the Coordinator need not attest itself. A Marble that runs also accepts code that the manifest
    /// of its deployment lists in <c>Coordinators</c>, if an owner signed that manifest where <see cref="OwnerKeys"/> are specified; a
    /// start does not.
    /// </summary>
    public IReadOnlyList<PackageProperties> Packages { get; private init; } = [];

    /// <summary>The keys of which one must have signed the manifest in force; empty to accept any manifest.</summary>
    public IReadOnlyList<OwnerKey> OwnerKeys { get; private init; } = [];

    /// <summary>The lowest accepted sequence number of an owner's signature.</summary>
    public ulong MinimumSequence { get; private init; }

    /// <summary>Whether simulated evidence is accepted; anyone who can use the machine can create it.</summary>
    public bool AllowsSimulation { get; private init; }

    /// <summary>
    /// Whether a Coordinator of MarbleRun 1.9 may prove itself by its quote at the client port, which has no fresh binding to the mesh
    /// port.
    /// </summary>
    public bool AllowsMarbleRun19 { get; private init; }

    /// <summary>Whether there are no requirements.</summary>
    public bool IsNone => Roots.Count == 0 && Packages.Count == 0;

    /// <summary>The development root of simulated evidence; null for the root of the machine.</summary>
    internal DcapTrustAnchor? SimulationRoot { get; private init; }

    /// <summary>
    /// Trusts deployments by their root certificate. It stays the same for the life of a deployment, including updates of the manifest.
    /// </summary>
    /// <param name="roots">
    /// SHA-256 of each certificate's DER, in hex of either case; colons between the bytes, as OpenSSL prints them, are allowed. At least
    /// one.
    /// </param>
    /// <exception cref="ArgumentException">The list is empty, or a value is not a fingerprint.</exception>
    public static CoordinatorTrust PinRoots(params IEnumerable<string> roots) => None.WithRoots(roots);

    /// <summary>
    /// Trusts Coordinators that prove by fresh evidence which code they are, and whose manifest an owner signed. The code alone does not
    /// identify the deployment: anyone can run the genuine Coordinator with their own manifest. Therefore each start logs a warning if no
    /// key is given.
    /// </summary>
    /// <param name="packages">
    /// The code, as for <c>CoordinatorClient.VerifyAsync</c>: each package pins code, and allows debug mode only if it says so. At least
    /// one.
    /// </param>
    /// <param name="ownerKeys">The keys of which one must have signed the manifest in force.</param>
    /// <param name="minimumSequence">The lowest accepted sequence number of a signature: older manifests are refused.</param>
    /// <exception cref="ArgumentException">The list of packages is empty, or a package would accept any code.</exception>
    public static CoordinatorTrust Attested(
        IEnumerable<PackageProperties> packages, IEnumerable<OwnerKey> ownerKeys, ulong minimumSequence = 0)
    {
        ArgumentNullException.ThrowIfNull(packages);
        ArgumentNullException.ThrowIfNull(ownerKeys);
        ImmutableArray<PackageProperties> code = [.. packages];
        if (code.IsEmpty)
        {
            throw new ArgumentException("No package is listed. Specify the properties of the Coordinator's code.", nameof(packages));
        }

        if (code.Any(p => (!p.PinsCode || p.Tdx is { PinsSystem: false }) && !p.Debug))
        {
            throw new ArgumentException(
                "A package does not identify a Coordinator. Set its UniqueId, or its SignerId, ProductId and SecurityVersion; "
                + "for a confidential virtual machine Tdx with MrTd, Rtmr1 and Rtmr2, or Snp.Measurement.",
                nameof(packages));
        }

        return new CoordinatorTrust { Packages = code, OwnerKeys = [.. ownerKeys], MinimumSequence = minimumSequence };
    }

    /// <summary>Returns a copy that also requires one of these root certificates.</summary>
    /// <param name="roots">As for <see cref="PinRoots"/>.</param>
    /// <exception cref="ArgumentException">The list is empty, or a value is not a fingerprint.</exception>
    public CoordinatorTrust WithRoots(params IEnumerable<string> roots)
    {
        ArgumentNullException.ThrowIfNull(roots);
        ImmutableArray<string> read = [.. roots.Select(r => TryReadFingerprint(r, out string fingerprint)
            ? fingerprint
            : throw new ArgumentException($"'{r}' is not the SHA-256 of a root certificate: use 64 hex digits.", nameof(roots)))];
        return read.IsEmpty
            ? throw new ArgumentException("No root is listed. Specify at least one, or use CoordinatorTrust.None.", nameof(roots))
            : new CoordinatorTrust(this) { Roots = read };
    }

    /// <summary>
    /// Returns a copy that also accepts simulated evidence. Anyone who can write to the simulation folder chooses the development root: use
    /// it only in builds that never handle secrets.
    /// </summary>
    public CoordinatorTrust WithSimulation() => new(this) { AllowsSimulation = true };

    /// <summary>Returns a copy that accepts evidence under this development root, and no evidence of hardware.</summary>
    /// <param name="root">The root, from <c>SimulationPlatform.TrustAnchor</c>.</param>
    /// <exception cref="ArgumentException">The root is not a development root.</exception>
    public CoordinatorTrust WithSimulation(DcapTrustAnchor root)
    {
        ArgumentNullException.ThrowIfNull(root);
        return !root.RequiresCollateral
            ? new CoordinatorTrust(this) { AllowsSimulation = true, SimulationRoot = root }
            : throw new ArgumentException("The root is not a development root. Use the root of a SimulationPlatform.", nameof(root));
    }

    /// <summary>
    /// Returns a copy that also lets a Coordinator that cannot attest itself over the mesh port prove itself as those of MarbleRun 1.9: by
    /// the quote at its client port, for which <see cref="MarbleOptions.CoordinatorClientAddress"/> must be set.
    /// </summary>
    public CoordinatorTrust WithMarbleRun19() => new(this) { AllowsMarbleRun19 = true };

    /// <summary>Computes the fingerprint for <see cref="PinRoots"/>.</summary>
    /// <param name="root">The root certificate.</param>
    public static string FingerprintOf(X509Certificate2 root)
    {
        ArgumentNullException.ThrowIfNull(root);
        return Convert.ToHexStringLower(SHA256.HashData(root.RawDataMemory.Span));
    }

    /// <summary>Reads the form that a build embeds (<c>marble-trust.json</c>); see docs/getting-started.md.</summary>
    /// <param name="json">JSON in UTF-8.</param>
    /// <exception cref="FormatException">The JSON is invalid; the message says where, and what to write.</exception>
    public static CoordinatorTrust Parse(ReadOnlySpan<byte> json) => TrustFile.Read(json);

    /// <summary>Returns a short description of the requirements.</summary>
    public override string ToString()
    {
        List<string> asked = [];
        if (Roots.Count > 0)
        {
            asked.Add($"with the root certificate {string.Join(" or ", Roots)}");
        }

        if (Packages.Count > 0)
        {
            asked.Add($"attested as one of {Packages.Count} packages");
        }

        if (OwnerKeys.Count > 0)
        {
            asked.Add($"whose manifest was signed by one of {OwnerKeys.Count} owners");
        }

        return asked.Count == 0 ? "any Coordinator" : $"a Coordinator {string.Join(", ", asked)}";
    }

    internal static bool TryReadFingerprint(string? text, out string fingerprint)
    {
        fingerprint = (text ?? string.Empty).Replace(":", string.Empty, StringComparison.Ordinal).ToLowerInvariant();
        return HexText.Is(fingerprint, SHA256.HashSizeInBytes);
    }
}
