using System.Collections.Immutable;
using MarbleRun.Attestation;
using MarbleRun.Coordinator.Users;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Plans;
using MarbleRun.Manifests.Templates;

namespace MarbleRun.Coordinator.State;

/// <summary>The manifest in force: its bytes as they came, and everything that was read and prepared from them once.</summary>
internal sealed class MeshManifest
{
    private MeshManifest(
        ReadOnlyMemory<byte> raw,
        ReadOnlyMemory<byte> signature,
        Manifest manifest,
        ImmutableDictionary<string, MarblePlan> plans,
        UserDirectory users)
    {
        Raw = raw;
        Signature = signature;
        Manifest = manifest;
        Plans = plans;
        Users = users;
        Fingerprint = Manifest.ComputeFingerprint(raw.Span);
        Infrastructures = [.. manifest.Infrastructures.Select(entry => entry.Value.ToRequirement(entry.Key))];
    }

    /// <summary>Exactly the bytes that were set.</summary>
    public ReadOnlyMemory<byte> Raw { get; }

    /// <summary>ECDSA by the root key over SHA-256 of <see cref="Raw"/>, DER.</summary>
    public ReadOnlyMemory<byte> Signature { get; }

    /// <summary>SHA-256 of <see cref="Raw"/>, lower-case hex.</summary>
    public string Fingerprint { get; }

    public Manifest Manifest { get; }

    /// <summary>By Marble type: the parameters with their templates parsed.</summary>
    public ImmutableDictionary<string, MarblePlan> Plans { get; }

    /// <summary>What a machine must be for a quote of it to be taken: one of these, or any if the list is empty.</summary>
    public ImmutableArray<PlatformRequirement> Infrastructures { get; }

    /// <summary>Who may act on the mesh.</summary>
    public UserDirectory Users { get; }

    /// <exception cref="UserException">A user's certificate cannot be used.</exception>
    /// <exception cref="TemplateException">A template cannot be parsed; the message says in which Marble and where.</exception>
    public static MeshManifest Create(ReadOnlyMemory<byte> raw, ReadOnlyMemory<byte> signature, Manifest manifest)
    {
        ImmutableSortedSet<string> secrets = TemplateReferences.Names(manifest.Secrets.Keys);
        return new MeshManifest(
            raw,
            signature,
            manifest,
            manifest.Marbles.Keys.ToImmutableDictionary(
                marble => marble, marble => MarblePlan.Create(marble, manifest, secrets), StringComparer.Ordinal),
            UserDirectory.Create(manifest));
    }
}
