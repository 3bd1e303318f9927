using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation;

/// <summary>
/// The data that evidence is bound to, as labelled fields: purpose, role, session, key and deployment. Evidence for one binding is not
/// valid for another one. The encoding and its vectors are in <c>docs/attestation-binding.md</c>.
/// </summary>
/// <remarks>
/// The report data is SHA-512 over the encoding, 64 bytes. The encoding has all fields, always in the same order, each as
/// <code>
/// 2 bytes   length of the label, big-endian
/// n bytes   label, ASCII
/// 4 bytes   length of the value, big-endian
/// n bytes   value
/// </code>
/// Two different bindings never have the same encoding.
/// </remarks>
public sealed record AttestationBinding
{
    /// <summary>The purpose of a Coordinator that attests to a Marble before the Marble uses anything from it.</summary>
    public const string CoordinatorToMarble = "coordinator attests to marble";

    /// <summary>The purpose of a Marble that asks a Coordinator for a new certificate in place of its current one.</summary>
    public const string MarbleRenewal = "marble renews its certificate";

    /// <summary>The purpose of Coordinators that pass the keys of their deployment to one another; both sides attest.</summary>
    public const string KeyHandOver = "coordinator hands over keys to coordinator";

    /// <summary>The role of a Coordinator.</summary>
    public const string CoordinatorRole = "coordinator";

    /// <summary>The role of a Marble.</summary>
    public const string MarbleRole = "marble";

    /// <summary>The role of a Coordinator that asks for the keys of its deployment.</summary>
    public const string KeyRequesterRole = "key requester";

    /// <summary>The role of a Coordinator that has the keys of its deployment.</summary>
    public const string KeyHolderRole = "key holder";

    /// <summary>The size of a nonce, in bytes.</summary>
    public const int NonceSize = 32;

    private const string Protocol = "marblerun attestation binding 1";

    /// <summary>The purpose of the evidence, such as <see cref="CoordinatorToMarble"/>. ASCII.</summary>
    public required string Purpose { get; init; }

    /// <summary>The role of the attesting side, such as <see cref="CoordinatorRole"/>. ASCII.</summary>
    public required string Role { get; init; }

    /// <summary>The random bytes that the other side chose for this session, <see cref="NonceSize"/> bytes.</summary>
    public required ReadOnlyMemory<byte> Nonce { get; init; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo (DER) of the key that the attesting side holds in this session, 32 bytes.</summary>
    public required ReadOnlyMemory<byte> KeyHash { get; init; }

    /// <summary>SHA-256 of the deployment's root certificate (DER), 32 bytes.</summary>
    public required ReadOnlyMemory<byte> RootHash { get; init; }

    /// <summary>SHA-256 of the manifest in force, 32 bytes.</summary>
    public required ReadOnlyMemory<byte> ManifestHash { get; init; }

    /// <summary>Keying material that TLS exported for this session (RFC 9266); empty if the platform exports none, as .NET 10.</summary>
    public ReadOnlyMemory<byte> Exporter { get; init; }

    /// <summary>The bytes that are hashed.</summary>
    /// <exception cref="ArgumentException">A field has the wrong length, or a text is not ASCII.</exception>
    public byte[] Encode()
    {
        using var encoding = new MemoryStream();
        Write(encoding, "protocol", Encoding.ASCII.GetBytes(Protocol));
        Write(encoding, "purpose", Text(Purpose));
        Write(encoding, "role", Text(Role));
        Write(encoding, "nonce", Bytes(Nonce, NonceSize, nameof(Nonce)));
        Write(encoding, "key", Bytes(KeyHash, SHA256.HashSizeInBytes, nameof(KeyHash)));
        Write(encoding, "root", Bytes(RootHash, SHA256.HashSizeInBytes, nameof(RootHash)));
        Write(encoding, "manifest", Bytes(ManifestHash, SHA256.HashSizeInBytes, nameof(ManifestHash)));
        Write(encoding, "exporter", Exporter.Span);
        return encoding.ToArray();
    }

    /// <summary>The report data: SHA-512 over <see cref="Encode"/>.</summary>
    /// <exception cref="ArgumentException">A field has the wrong length, or a text is not ASCII.</exception>
    public ReportData ToReportData() => ReportData.FromBytes(SHA512.HashData(Encode()));

    private static void Write(MemoryStream encoding, string label, ReadOnlySpan<byte> value)
    {
        Span<byte> length = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)label.Length);
        encoding.Write(length[..sizeof(ushort)]);
        encoding.Write(Encoding.ASCII.GetBytes(label));
        BinaryPrimitives.WriteUInt32BigEndian(length, (uint)value.Length);
        encoding.Write(length);
        encoding.Write(value);
    }

    private static byte[] Text(string value) =>
        !string.IsNullOrEmpty(value) && Ascii.IsValid(value)
            ? Encoding.ASCII.GetBytes(value)
            : throw new ArgumentException("Purpose and role are ASCII, and not empty.");

    private static ReadOnlySpan<byte> Bytes(ReadOnlyMemory<byte> value, int length, string name) =>
        value.Length == length ? value.Span : throw new ArgumentException($"{name} has {value.Length} bytes instead of {length}.");
}
