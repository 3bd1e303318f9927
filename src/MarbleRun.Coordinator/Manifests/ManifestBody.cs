using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using MarbleRun.Coordinator.Http;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Coordinator.Manifests;

/// <summary>A manifest as the second generation of the API takes it.</summary>
/// <param name="Raw">Exactly the bytes of the manifest; empty if it is missing.</param>
/// <param name="Signatures">What its owners signed, not verified. MarbleRun 1.9 knows no such member, and ignores it.</param>
internal sealed record ManifestBody(byte[] Raw, ImmutableArray<ManifestSignature> Signatures)
{
    private const string List = "ManifestSignatures";

    /// <exception cref="ApiException">400 <c>fail</c>: the body cannot be decoded.</exception>
    public static ManifestBody Read(ReadOnlySpan<byte> json)
    {
        using JsonDocument document = RequestBody.ParseFirstValue(json);
        return new ManifestBody(
            RequestBody.FindMember(document.RootElement, "manifest") is { } manifest ? RequestBody.ReadBytes(manifest, "manifest") : [],
            RequestBody.FindMember(document.RootElement, List) is { } signatures ? ReadSignatures(Wrap(signatures)) : []);
    }

    /// <summary>Reads a file of signatures.</summary>
    /// <exception cref="ApiException">400 <c>fail</c>: the body cannot be decoded.</exception>
    public static ImmutableArray<ManifestSignature> ReadSignatures(ReadOnlyMemory<byte> file) =>
        ManifestSignatures.TryParse(file, out ImmutableArray<ManifestSignature> signatures, out string? fault)
            ? signatures
            : throw RequestBody.Undecodable(fault);

    private static byte[] Wrap(JsonElement list) => [.. "{\"ManifestSignatures\":"u8, .. JsonMarshal.GetRawUtf8Value(list), .. "}"u8];
}
