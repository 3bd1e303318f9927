using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MarbleRun.Audit;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.State.Trust;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.Manifests.Reading;
using MarbleRun.Manifests.Signatures;
using MarbleRun.Manifests.Templates;

namespace MarbleRun.Coordinator.State;

/// <summary>The state as bytes and back.</summary>
internal static class StateSerializer
{
    /// <summary>The plaintext; the caller wipes it.</summary>
    /// <param name="state">The state.</param>
    /// <param name="isGuarded">Whether a generation guard detects its rollback.</param>
    public static byte[] Serialize(CoordinatorState state, bool isGuarded = false)
    {
        byte[] rootKey = state.Authority.ExportRootKey();
        byte[] intermediateKey = state.Authority.ExportIntermediateKey();
        try
        {
            return JsonSerializer.SerializeToUtf8Bytes(
                new StateDocument
                {
                    Format = StateDocument.CurrentFormat,
                    Generation = state.Generation,
                    RootCertificate = state.Authority.Root.RawData,
                    RootKey = rootKey,
                    IntermediateCertificate = state.Authority.Intermediate.RawData,
                    MarbleRootCertificate = state.Authority.MarbleRoot.RawData,
                    IntermediateKey = intermediateKey,
                    RetiredAuthorities = ToDocument(state.RetiredAuthorities),
                    RootSecret = Array(state.RootSecret),
                    Manifest = state.Manifest is null ? null : Array(state.Manifest.Raw),
                    ManifestSignature = state.Manifest is null ? null : Array(state.Manifest.Signature),
                    OwnerSignatures = ToDocument(state.ManifestSignatures),
                    PreviousRootSecret = ArrayOrNull(state.PreviousRootSecret),
                    Secrets = ToDocuments(state.Secrets),
                    PreviousSecrets = state.PreviousSecrets.IsEmpty ? null : ToDocuments(state.PreviousSecrets),
                    Activations = new(state.Activations, StringComparer.Ordinal),
                    SecurityVersions = ToDocument(state.SecurityVersions),
                    PendingUpdate = ToDocument(state.PendingUpdate),
                    UpdateLog = state.UpdateLog.IsEmpty ? null : [.. state.UpdateLog],
                    Revocations = RevocationSerializer.ToDocument(state.Revocations),
                    LastRevocation = state.Revocations.LastNumber is > 0 and ulong last ? last : null,
                    Counters = state.Counters is { Series: null, Values.IsEmpty: false } counters ? counters.Values : null,
                    CounterSeries = state.Counters.Series,
                    CounterGeneration = state.Counters.Generation is > 0 and ulong generation ? generation : null,
                    Guarded = isGuarded,
                    AuditHead = state.AuditHeads.GetValueOrDefault(Replica.Single) is { } head ? ToDocument(head) : null,
                    AuditHeads = ToDocument(state.AuditHeads.Remove(Replica.Single)),
                    RecentActivations = state.RecentActivations.IsEmpty ? null : new(state.RecentActivations, StringComparer.Ordinal),
                },
                StateJsonContext.Default.StateDocument);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(rootKey);
            CryptographicOperations.ZeroMemory(intermediateKey);
        }
    }

    /// <param name="plaintext">What <see cref="Serialize"/> made.</param>
    /// <param name="protection">The key that the state was sealed with.</param>
    /// <param name="known">
    /// A state whose parts are used again where they are the same: they need not be read again, and are known to be the same by their
    /// reference.
    /// </param>
    /// <exception cref="SealedStateException">The bytes are not a state that this release reads.</exception>
    public static CoordinatorState Deserialize(
        ReadOnlySpan<byte> plaintext, StateProtection protection, CoordinatorState? known = null)
    {
        try
        {
            return Read(JsonSerializer.Deserialize(plaintext, StateJsonContext.Default.StateDocument)!, protection, new KnownParts(known));
        }
        catch (Exception exception) when (exception is JsonException or CryptographicException or ManifestException or TemplateException)
        {
            throw new SealedStateException(
                "The sealed state opens, but its content cannot be read by this release. Use the release that wrote it.", exception);
        }
    }

    private static CoordinatorState Read(StateDocument document, StateProtection protection, KnownParts known)
    {
        if (document.Format is < StateDocument.OldestFormat or > StateDocument.CurrentFormat)
        {
            throw new SealedStateException(
                $"The sealed state has format {document.Format}; this Coordinator reads the formats {StateDocument.OldestFormat} "
                + $"to {StateDocument.CurrentFormat}. Use the release that wrote it.");
        }

        try
        {
            return new CoordinatorState
            {
                Generation = document.Generation,
                Authority = known.FindAuthority(document) ?? MeshAuthority.Import(
                    document.RootCertificate,
                    document.RootKey,
                    document.IntermediateCertificate,
                    document.MarbleRootCertificate,
                    document.IntermediateKey),
                RetiredAuthorities = known.Find(FromDocument(document.RetiredAuthorities)),
                RootSecret = document.RootSecret,
                Manifest = document.Manifest is null
                    ? null
                    : known.FindManifest(document) ?? MeshManifest.Create(
                        document.Manifest,
                        document.ManifestSignature,
                        ManifestChecker.Check(ManifestParser.Parse(document.Manifest), rendersTemplates: false)),
                ManifestSignatures = FromDocument(document.OwnerSignatures),
                PreviousRootSecret = document.PreviousRootSecret,
                Secrets = known.FindSecrets(FromDocuments(document.Secrets)),
                PreviousSecrets = known.FindPreviousSecrets(FromDocuments(document.PreviousSecrets ?? [])),
                Activations = FromDocument(document.Activations),
                Protection = protection,
                SecurityVersions = known.FindSecurityVersions(FromDocument(document.SecurityVersions)),
                PendingUpdate = known.Find(FromDocument(document.PendingUpdate)),
                UpdateLog = [.. document.UpdateLog ?? []],
                Revocations = known.Find(RevocationSerializer.FromDocument(document.Revocations, document.LastRevocation ?? 0)),
                Counters = document.CounterSeries is { } series
                    ? CounterSet.NotRead(series, document.CounterGeneration ?? 0)
                    : CounterSet.Create(document.Counters ?? ImmutableDictionary<string, ulong>.Empty, document.CounterGeneration ?? 0),
                IsGuarded = document.Guarded,
                AuditHeads = FromDocument(document.AuditHead, document.AuditHeads),
                RecentActivations = (document.RecentActivations ?? []).ToImmutableSortedDictionary(StringComparer.Ordinal),
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(document.RootKey);
            CryptographicOperations.ZeroMemory(document.IntermediateKey);
        }
    }

    private static StateDocument.AuditHeadDocument ToDocument(AuditHead head) => new() { Sequence = head.Sequence, Hash = head.Hash };

    private static SortedDictionary<string, StateDocument.AuditHeadDocument>? ToDocument(
        ImmutableSortedDictionary<string, AuditHead> heads) =>
        heads.IsEmpty ? null : new(heads.ToDictionary(h => h.Key, h => ToDocument(h.Value)), StringComparer.Ordinal);

    private static ImmutableSortedDictionary<string, AuditHead> FromDocument(
        StateDocument.AuditHeadDocument? single, SortedDictionary<string, StateDocument.AuditHeadDocument>? heads)
    {
        ImmutableSortedDictionary<string, AuditHead> read = (heads ?? []).ToImmutableSortedDictionary(
            h => h.Key, h => new AuditHead(h.Value.Sequence, h.Value.Hash), StringComparer.Ordinal);
        return single is null ? read : read.SetItem(Replica.Single, new AuditHead(single.Sequence, single.Hash));
    }

    private static SortedDictionary<string, StateDocument.SecretDocument> ToDocuments(
        ImmutableSortedDictionary<string, StoredSecret> secrets) =>
        new(
            secrets.ToDictionary(
                s => s.Key,
                s => new StateDocument.SecretDocument
                {
                    Private = Array(s.Value.Private),
                    Public = Array(s.Value.Public),
                    Certificate = ArrayOrNull(s.Value.Certificate),
                }),
            StringComparer.Ordinal);

    private static ImmutableSortedDictionary<string, StoredSecret> FromDocuments(
        SortedDictionary<string, StateDocument.SecretDocument> documents) =>
        documents.ToImmutableSortedDictionary(
            s => s.Key, s => new StoredSecret(s.Value.Private, s.Value.Public, s.Value.Certificate), StringComparer.Ordinal);

    private static SortedDictionary<string, ulong>? ToDocument(ImmutableSortedDictionary<string, ulong> numbers) =>
        numbers.IsEmpty ? null : new(numbers, StringComparer.Ordinal);

    private static ImmutableSortedDictionary<string, ulong> FromDocument(SortedDictionary<string, ulong>? numbers) =>
        (numbers ?? []).ToImmutableSortedDictionary(StringComparer.Ordinal);

    private static StateDocument.PendingUpdateDocument? ToDocument(PendingUpdate? update) =>
        update is null
            ? null
            : new StateDocument.PendingUpdateDocument
            {
                Manifest = Array(update.Manifest),
                Acknowledgments = new(update.Acknowledgments, StringComparer.Ordinal),
                Required = update.Required,
                OwnerSignatures = ToDocument(update.Signatures),
            };

    private static PendingUpdate? FromDocument(StateDocument.PendingUpdateDocument? update) =>
        update is null
            ? null
            : new PendingUpdate(
                update.Manifest, update.Acknowledgments.ToImmutableSortedDictionary(StringComparer.Ordinal), update.Required)
            {
                Signatures = FromDocument(update.OwnerSignatures),
            };

    private static byte[]? ToDocument(ImmutableArray<ManifestSignature> signatures) =>
        signatures.IsEmpty ? null : ManifestSignatures.Write(signatures);

    private static ImmutableArray<ManifestSignature> FromDocument(byte[]? signatures) =>
        signatures is null ? []
        : ManifestSignatures.TryParse(signatures, out ImmutableArray<ManifestSignature> read, out string? fault) ? read
        : throw new JsonException(fault);

    private static StateDocument.RetiredAuthorityDocument[]? ToDocument(ImmutableArray<RetiredAuthority> authorities) =>
        authorities.IsEmpty
            ? null
            :
            [
                .. authorities.Select(a => new StateDocument.RetiredAuthorityDocument
                {
                    MarbleRootCertificate = a.MarbleRoot.RawData,
                    IntermediateCertificate = a.Intermediate.RawData,
                    Until = a.Until,
                }),
            ];

    private static ImmutableArray<RetiredAuthority> FromDocument(StateDocument.RetiredAuthorityDocument[]? authorities) =>
    [
        .. (authorities ?? []).Select(a => new RetiredAuthority(
            X509CertificateLoader.LoadCertificate(a.MarbleRootCertificate),
            X509CertificateLoader.LoadCertificate(a.IntermediateCertificate),
            a.Until)),
    ];

    private static byte[]? ArrayOrNull(ReadOnlyMemory<byte> bytes) => bytes.IsEmpty ? null : Array(bytes);

    private static byte[] Array(ReadOnlyMemory<byte> bytes) =>
        MemoryMarshal.TryGetArray(bytes, out ArraySegment<byte> segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length
            ? segment.Array
            : bytes.ToArray();
}
