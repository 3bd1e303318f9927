using System.Collections.Immutable;
using MarbleRun.Attestation;
using MarbleRun.Coordinator.Users;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.Manifests.Plans;
using MarbleRun.Manifests.Templates;

namespace MarbleRun.Coordinator.State;

/// <summary>The manifest in force: its bytes as they came, and everything that was read and prepared from them once.</summary>
internal sealed class MeshManifest
{
    private MeshManifest(
        ReadOnlyMemory<byte> raw,
        ReadOnlyMemory<byte> signature,
        ManifestReport report,
        ImmutableSortedDictionary<string, MarblePlan> plans,
        UserDirectory users)
    {
        Raw = raw;
        Signature = signature;
        Report = report;
        Plans = plans;
        Users = users;
        Fingerprint = Manifest.ComputeFingerprint(raw.Span);
        Infrastructures = [.. Manifest.Infrastructures.Select(entry => entry.Value.ToRequirement(entry.Key))];
    }

    /// <summary>Exactly the bytes that were set.</summary>
    public ReadOnlyMemory<byte> Raw { get; }

    /// <summary>ECDSA by the root key over SHA-256 of <see cref="Raw"/>, DER.</summary>
    public ReadOnlyMemory<byte> Signature { get; }

    /// <summary>SHA-256 of <see cref="Raw"/>, lower-case hex.</summary>
    public string Fingerprint { get; }

    /// <summary>The check of the manifest, with what it parsed.</summary>
    public ManifestReport Report { get; }

    public Manifest Manifest => Report.Manifest!;

    /// <summary>By Marble type: the parameters with their templates parsed.</summary>
    public ImmutableSortedDictionary<string, MarblePlan> Plans { get; }

    /// <summary>What a machine must be for a quote of it to be taken: one of these, or any if the list is empty.</summary>
    public ImmutableArray<PlatformRequirement> Infrastructures { get; }

    /// <summary>Who may act on the mesh.</summary>
    public UserDirectory Users { get; }

    /// <param name="raw">Exactly the bytes that were set.</param>
    /// <param name="signature">The signature of the root key over them.</param>
    /// <param name="report">The check of these bytes.</param>
    /// <exception cref="ManifestException">A user's certificate cannot be used.</exception>
    /// <exception cref="TemplateException">A template cannot be parsed; the message says in which Marble and where.</exception>
    /// <remarks>
    /// A manifest can be in force although the checks of this release refuse it: its report omits the plans that it could not read, but a
    /// Marble must not start without them.
    /// </remarks>
    public static MeshManifest Create(ReadOnlyMemory<byte> raw, ReadOnlyMemory<byte> signature, ManifestReport report) =>
        new(
            raw,
            signature,
            report,
            report.IsAccepted ? report.Plans : MarblePlan.CreateAll(report.Manifest!),
            UserDirectory.Create(report));
}
