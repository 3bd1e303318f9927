using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Manifests;

namespace MarbleRun.Activation;

/// <summary>
/// Which Coordinator a Marble obeys. Whoever answers an activation gives the process its identity, its files and its variables; so the Marble
/// must know who that is, and must know it from what is measured: set in code, or embedded in the entry assembly by the build.
/// </summary>
/// <remarks>
/// An instance does not change, and has no constructor and no setter that a configuration binder could use: what the host says can only add
/// requirements (<see cref="MarbleOptions.CoordinatorRequirements"/>). Where several roots, packages or keys are listed, any one of each kind will do,
/// so that one can follow another; where several kinds are asked for, all of them count.
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
    /// No trust at all, said on purpose: whatever answers is obeyed. Each start warns of it. For experiments, and for meshes whose hosts are trusted.
    /// </summary>
    public static CoordinatorTrust None { get; } = new();

    /// <summary>SHA-256 of the root certificates that are accepted, 64 lower-case hex digits each; empty if none is pinned.</summary>
    public ImmutableArray<string> Roots { get; private init; } = [];

    /// <summary>The code that may be the Coordinator; empty if the Coordinator need not attest itself.</summary>
    public ImmutableArray<PackageProperties> Packages { get; private init; } = [];

    /// <summary>The keys of which one must have signed the manifest in force; empty to take any manifest.</summary>
    public ImmutableArray<OwnerKey> OwnerKeys { get; private init; } = [];

    /// <summary>The lowest sequence of an owner's signature that is taken.</summary>
    public ulong MinimumSequence { get; private init; }

    /// <summary>Whether evidence of a simulation counts, which everybody who can use the machine can make.</summary>
    public bool AllowsSimulation { get; private init; }

    /// <summary>Whether a Coordinator of MarbleRun 1.9 may prove itself by its quote at the client port, which has no fresh binding to the mesh port.</summary>
    public bool AllowsMarbleRun19 { get; private init; }

    /// <summary>Whether nothing is asked for.</summary>
    public bool IsNone => Roots.IsEmpty && Packages.IsEmpty;

    /// <summary>The development root that simulated evidence must end at; null for the one of the machine.</summary>
    internal DcapTrustAnchor? SimulationRoot { get; private init; }

    /// <summary>Trusts deployments by their root certificate. It stays the same for the life of a deployment, updates of the manifest included.</summary>
    /// <param name="roots">
    /// SHA-256 of each certificate's DER, in hex of either case; colons between the bytes, as OpenSSL prints them, are allowed. At least one.
    /// </param>
    /// <exception cref="ArgumentException">There is none, or one is no such fingerprint.</exception>
    public static CoordinatorTrust PinRoots(params IEnumerable<string> roots) => None.WithRoots(roots);

    /// <summary>
    /// Trusts Coordinators that prove by fresh evidence which code they are, and whose manifest an owner signed. The code alone is not the deployment:
    /// anybody can run the genuine Coordinator with a manifest of their own, so that each start warns where no key is given.
    /// </summary>
    /// <param name="packages">
    /// The code, as for <c>CoordinatorClient.VerifyAsync</c>: each pins code, and is a debug one only if it says so. At least one.
    /// </param>
    /// <param name="ownerKeys">The keys of which one must have signed the manifest in force.</param>
    /// <param name="minimumSequence">The lowest sequence of a signature that is taken: older manifests are refused.</param>
    /// <exception cref="ArgumentException">There is no package, or one would let any code pass.</exception>
    public static CoordinatorTrust Attested(IEnumerable<PackageProperties> packages, IEnumerable<OwnerKey> ownerKeys, ulong minimumSequence = 0)
    {
        ArgumentNullException.ThrowIfNull(packages);
        ArgumentNullException.ThrowIfNull(ownerKeys);
        ImmutableArray<PackageProperties> code = [.. packages];
        if (code.IsEmpty)
        {
            throw new ArgumentException("No package is listed. Give the properties of the Coordinator's code.", nameof(packages));
        }

        if (code.Any(p => (!p.PinsCode || p.Tdx is { PinsSystem: false }) && !p.Debug))
        {
            throw new ArgumentException(
                "A package does not say which Coordinator is meant. Give its UniqueId, or its SignerId, ProductId and SecurityVersion; "
                + "for a confidential virtual machine Tdx with MrTd, Rtmr1 and Rtmr2, or Snp.Measurement.",
                nameof(packages));
        }

        return new CoordinatorTrust { Packages = code, OwnerKeys = [.. ownerKeys], MinimumSequence = minimumSequence };
    }

    /// <summary>The same, and the root certificate must be one of these, too.</summary>
    /// <param name="roots">As for <see cref="PinRoots"/>.</param>
    /// <exception cref="ArgumentException">There is none, or one is no such fingerprint.</exception>
    public CoordinatorTrust WithRoots(params IEnumerable<string> roots)
    {
        ArgumentNullException.ThrowIfNull(roots);
        ImmutableArray<string> read = [.. roots.Select(r => TryReadFingerprint(r, out string fingerprint)
            ? fingerprint
            : throw new ArgumentException($"'{r}' is no SHA-256 of a root certificate: write 64 hex digits.", nameof(roots)))];
        return read.IsEmpty
            ? throw new ArgumentException("No root is listed. Give at least one, or use CoordinatorTrust.None.", nameof(roots))
            : new CoordinatorTrust(this) { Roots = read };
    }

    /// <summary>
    /// The same, and evidence of a simulation counts as well. Which development root it ends at is in the hands of whoever can write the folder of the
    /// simulation: for builds that never meet a secret.
    /// </summary>
    public CoordinatorTrust WithSimulation() => new(this) { AllowsSimulation = true };

    /// <summary>The same, and evidence under this development root counts, and none of hardware.</summary>
    /// <param name="root">The root, of <c>SimulationPlatform.TrustAnchor</c>.</param>
    /// <exception cref="ArgumentException">It is no development root.</exception>
    public CoordinatorTrust WithSimulation(DcapTrustAnchor root)
    {
        ArgumentNullException.ThrowIfNull(root);
        return !root.RequiresCollateral
            ? new CoordinatorTrust(this) { AllowsSimulation = true, SimulationRoot = root }
            : throw new ArgumentException("It is no development root. Give that of a SimulationPlatform.", nameof(root));
    }

    /// <summary>
    /// The same, and a Coordinator that cannot attest itself over the mesh port may prove itself as those of MarbleRun 1.9 do: by the quote at its client
    /// port, for which <see cref="MarbleOptions.CoordinatorClientAddress"/> must be set.
    /// </summary>
    public CoordinatorTrust WithMarbleRun19() => new(this) { AllowsMarbleRun19 = true };

    /// <summary>The fingerprint that <see cref="PinRoots"/> takes.</summary>
    /// <param name="root">The root certificate.</param>
    public static string FingerprintOf(X509Certificate2 root)
    {
        ArgumentNullException.ThrowIfNull(root);
        return Convert.ToHexStringLower(SHA256.HashData(root.RawDataMemory.Span));
    }

    /// <summary>Reads the form in which a build embeds it (<c>marble-trust.json</c>); see docs/getting-started.md.</summary>
    /// <param name="json">JSON in UTF-8.</param>
    /// <exception cref="FormatException">It is not that form; the sentence says where and what to write.</exception>
    public static CoordinatorTrust Parse(ReadOnlySpan<byte> json) => TrustFile.Read(json);

    /// <summary>What is asked for, in a few words.</summary>
    public override string ToString()
    {
        List<string> asked = [];
        if (!Roots.IsEmpty)
        {
            asked.Add($"with the root certificate {string.Join(" or ", Roots)}");
        }

        if (!Packages.IsEmpty)
        {
            asked.Add($"attested as one of {Packages.Length} packages");
        }

        if (!OwnerKeys.IsEmpty)
        {
            asked.Add($"whose manifest was signed by one of {OwnerKeys.Length} owners");
        }

        return asked.Count == 0 ? "any Coordinator" : $"a Coordinator {string.Join(", ", asked)}";
    }

    internal static bool TryReadFingerprint(string? text, out string fingerprint)
    {
        fingerprint = (text ?? string.Empty).Replace(":", string.Empty, StringComparison.Ordinal).ToLowerInvariant();
        return fingerprint.Length == FingerprintLength && fingerprint.All(char.IsAsciiHexDigit);
    }
}
