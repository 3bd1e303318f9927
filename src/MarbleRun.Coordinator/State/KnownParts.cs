using System.Collections.Immutable;
using System.Text.Json;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.State.Trust;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Coordinator.State;

/// <summary>
/// The parts of a state that is known, for one that is read: an equal part is the known object itself. So it costs nothing to prepare, and
/// <see cref="ConfigurationVersion"/> stays the same where another Coordinator changed something else.
/// </summary>
internal readonly struct KnownParts(CoordinatorState? known)
{
    /// <summary>The authority with the certificates of the document; each certificate determines its key.</summary>
    public MeshAuthority? FindAuthority(StateDocument document) =>
        known?.Authority is { } authority
        && Same(authority.Root.RawDataMemory, document.RootCertificate)
        && Same(authority.Intermediate.RawDataMemory, document.IntermediateCertificate)
        && Same(authority.MarbleRoot.RawDataMemory, document.MarbleRootCertificate)
            ? authority
            : null;

    public MeshManifest? FindManifest(StateDocument document) =>
        known?.Manifest is { } manifest
        && Same(manifest.Raw, document.Manifest)
        && Same(manifest.Signature, document.ManifestSignature)
            ? manifest
            : null;

    public ImmutableArray<RetiredAuthority> Find(ImmutableArray<RetiredAuthority> read) =>
        known is not null && known.RetiredAuthorities.SequenceEqual(read, IsSame) ? known.RetiredAuthorities : read;

    public ImmutableSortedDictionary<string, StoredSecret> FindSecrets(ImmutableSortedDictionary<string, StoredSecret> read) =>
        Find(known?.Secrets, read);

    public ImmutableSortedDictionary<string, StoredSecret> FindPreviousSecrets(ImmutableSortedDictionary<string, StoredSecret> read) =>
        Find(known?.PreviousSecrets, read);

    public ImmutableSortedDictionary<string, ulong> FindSecurityVersions(ImmutableSortedDictionary<string, ulong> read) =>
        known is not null && known.SecurityVersions.SequenceEqual(read) ? known.SecurityVersions : read;

    public PendingUpdate? Find(PendingUpdate? read) =>
        known?.PendingUpdate is { } update
        && read is not null
        && Same(update.Manifest, read.Manifest)
        && update.Acknowledgments.SequenceEqual(read.Acknowledgments)
        && update.Required == read.Required
        && Same(ManifestSignatures.Write(update.Signatures), ManifestSignatures.Write(read.Signatures))
            ? update
            : read;

    public RevocationSet Find(RevocationSet read) =>
        known is not null
        && known.Revocations.LastNumber == read.LastNumber
        && known.Revocations.All.Count == read.All.Count
        && Same(Write(known.Revocations), Write(read))
            ? known.Revocations
            : read;

    private static ImmutableSortedDictionary<string, StoredSecret> Find(
        ImmutableSortedDictionary<string, StoredSecret>? known, ImmutableSortedDictionary<string, StoredSecret> read) =>
        known is not null && known.Count == read.Count && known.Zip(read).All(pair => IsSame(pair.First, pair.Second)) ? known : read;

    private static bool IsSame(KeyValuePair<string, StoredSecret> one, KeyValuePair<string, StoredSecret> other) =>
        one.Key == other.Key
        && Same(one.Value.Private, other.Value.Private)
        && Same(one.Value.Public, other.Value.Public)
        && Same(one.Value.Certificate, other.Value.Certificate);

    private static bool IsSame(RetiredAuthority one, RetiredAuthority other) =>
        Same(one.MarbleRoot.RawDataMemory, other.MarbleRoot.RawDataMemory)
        && Same(one.Intermediate.RawDataMemory, other.Intermediate.RawDataMemory)
        && one.Until == other.Until;

    private static byte[] Write(RevocationSet revocations) => RevocationSerializer.ToDocument(revocations) is { } documents
        ? JsonSerializer.SerializeToUtf8Bytes(documents, StateJsonContext.Default.RevocationDocumentArray)
        : [];

    private static bool Same(ReadOnlyMemory<byte> one, ReadOnlyMemory<byte> other) => one.Span.SequenceEqual(other.Span);
}
