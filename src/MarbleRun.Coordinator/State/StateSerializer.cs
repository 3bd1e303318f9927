using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.Sealing;
using MarbleRun.Coordinator.Templates;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.State;

/// <summary>The state as bytes and back.</summary>
internal static class StateSerializer
{
    /// <summary>The plaintext; the caller wipes it.</summary>
    public static byte[] Serialize(CoordinatorState state)
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
                    RootSecret = Array(state.RootSecret),
                    Manifest = state.Manifest is null ? null : Array(state.Manifest.Raw),
                    ManifestSignature = state.Manifest is null ? null : Array(state.Manifest.Signature),
                    Secrets = new(
                        state.Secrets.ToDictionary(s => s.Key, s => new StateDocument.SecretDocument { Private = Array(s.Value.Private), Public = Array(s.Value.Public) }),
                        StringComparer.Ordinal),
                    Activations = new(state.Activations, StringComparer.Ordinal),
                },
                StateJsonContext.Default.StateDocument);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(rootKey);
            CryptographicOperations.ZeroMemory(intermediateKey);
        }
    }

    /// <exception cref="SealedStateException">The bytes are not a state that this release reads.</exception>
    public static CoordinatorState Deserialize(ReadOnlySpan<byte> plaintext)
    {
        try
        {
            return Read(JsonSerializer.Deserialize(plaintext, StateJsonContext.Default.StateDocument)!);
        }
        catch (Exception exception) when (exception is JsonException or CryptographicException or ManifestException or TemplateException)
        {
            throw new SealedStateException("The sealed state opens, but its content cannot be read by this release. Use the release that wrote it.", exception);
        }
    }

    private static CoordinatorState Read(StateDocument document)
    {
        if (document.Format != StateDocument.CurrentFormat)
        {
            throw new SealedStateException($"The sealed state has format {document.Format}; this Coordinator reads format {StateDocument.CurrentFormat}. Use the release that wrote it.");
        }

        try
        {
            return new CoordinatorState
            {
                Generation = document.Generation,
                Authority = MeshAuthority.Import(
                    document.RootCertificate, document.RootKey, document.IntermediateCertificate, document.MarbleRootCertificate, document.IntermediateKey),
                RootSecret = document.RootSecret,
                Manifest = document.Manifest is null ? null : MeshManifest.Create(document.Manifest, document.ManifestSignature, Manifest.Parse(document.Manifest)),
                Secrets = document.Secrets.ToImmutableSortedDictionary(s => s.Key, s => new StoredSecret(s.Value.Private, s.Value.Public), StringComparer.Ordinal),
                Activations = document.Activations.ToImmutableSortedDictionary(StringComparer.Ordinal),
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(document.RootKey);
            CryptographicOperations.ZeroMemory(document.IntermediateKey);
        }
    }

    private static byte[] Array(ReadOnlyMemory<byte> bytes) =>
        MemoryMarshal.TryGetArray(bytes, out ArraySegment<byte> segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length
            ? segment.Array
            : bytes.ToArray();
}
