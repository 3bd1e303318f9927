using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Attestation.Claims;
using MarbleRun.Identity;
using MarbleRun.Primitives;

namespace MarbleRun.Coordinator.Authority;

/// <summary>The code and the machine that verified evidence proved, as a Marble's certificate contains them.</summary>
/// <param name="Measurement">SGX: MRENCLAVE, 32 bytes; TDX: MRTD, 48 bytes; SEV-SNP: MEASUREMENT, 48 bytes.</param>
/// <param name="Platform">SHA-256 of the PPID or CHIP_ID, 32 bytes; empty if the evidence does not identify the machine.</param>
internal sealed record AttestedCode(ReadOnlyMemory<byte> Measurement, ReadOnlyMemory<byte> Platform)
{
    private static readonly Asn1Tag s_measurements = new(TagClass.ContextSpecific, 6);
    private static readonly Asn1Tag s_vendorInfo = new(TagClass.ContextSpecific, 8);

    /// <summary>Lower-case hex, as <see cref="MarblePeer.Measurement"/>.</summary>
    public string MeasurementText => Convert.ToHexStringLower(Measurement.Span);

    /// <summary>Lower-case hex, as <see cref="MarblePeer.Platform"/>; null if the evidence does not identify the machine.</summary>
    public string? PlatformText => Platform.IsEmpty ? null : Convert.ToHexStringLower(Platform.Span);

    /// <param name="claims">The claims of an accepted verdict; null if no evidence was required.</param>
    public static AttestedCode? Of(QuoteClaims? claims) =>
        claims is null ? null : new AttestedCode(Convert.FromHexString(claims.UniqueId), PlatformOf(claims));

    /// <summary>
    /// DiceTcbInfo with <c>fwids</c> and <c>vendorInfo</c> (TCG DICE Attestation Architecture 1.1, 6.1.1), not critical: peers that do not
    /// know it ignore it.
    /// </summary>
    public X509Extension ToExtension()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER, initialCapacity: 128);
        using (writer.PushSequence())
        {
            using (writer.PushSequence(s_measurements))
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(Measurement.Length == SHA384.HashSizeInBytes ? Oids.Sha384 : Oids.Sha256);
                writer.WriteOctetString(Measurement.Span);
            }

            if (!Platform.IsEmpty)
            {
                writer.WriteOctetString(Platform.Span, s_vendorInfo);
            }
        }

        return new X509Extension(MarblePeer.CodeOid, writer.Encode(), critical: false);
    }

    /// <summary>A machine of SEV-SNP can hide its CHIP_ID, which is zero then.</summary>
    private static byte[] PlatformOf(QuoteClaims claims) =>
        claims.Platform is { } machine ? Convert.FromHexString(machine.PpidHash)
        : claims.Snp is { } snp && Convert.FromHexString(snp.ChipId) is var chip && chip.AsSpan().ContainsAnyExcept((byte)0)
            ? SHA256.HashData(chip)
        : [];
}
