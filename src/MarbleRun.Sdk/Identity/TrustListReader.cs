using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Signatures;
using MarbleRun.Protos;

namespace MarbleRun.Identity;

/// <summary>
/// Reads a signed trust list. Every byte may come from a hostile Coordinator: sizes and the signature are checked before anything is
/// decoded.
/// </summary>
internal static class TrustListReader
{
    public const int MostBytes = 4 * 1024 * 1024;
    public const int MostAuthorities = 16;
    public const int MostRevocations = 10_000;

    private const int MostSignatureBytes = 256;
    private const int MostSubjectBytes = 1024;

    /// <summary>The longest name that a manifest may have.</summary>
    private const int MostTypeCharacters = 4096;
    private const int FingerprintBytes = 32;
    private const int UuidBytes = 16;

    private static ReadOnlySpan<byte> Label => "marblerun trust list 1\0"u8;

    /// <summary>Reads and verifies a list.</summary>
    /// <param name="signed">The list.</param>
    /// <param name="coordinatorRoot">The root of this Marble's deployment.</param>
    /// <param name="now">When the list came.</param>
    /// <param name="trust">The trust.</param>
    /// <param name="reason">Why the list is refused.</param>
    public static bool TryRead(
        SignedTrustList signed,
        X509Certificate2 coordinatorRoot,
        DateTimeOffset now,
        [NotNullWhen(true)] out MarbleTrust? trust,
        [NotNullWhen(false)] out string? reason)
    {
        trust = null;
        if (signed.List.Length > MostBytes || signed.Signature.Length > MostSignatureBytes)
        {
            reason = "it is too long";
            return false;
        }

        try
        {
            if (!IsSigned(signed, coordinatorRoot))
            {
                reason = "this deployment's root did not sign it";
                return false;
            }

            if ((reason = Count(signed.List)) is not null)
            {
                return false;
            }

            var list = TrustList.Parser.ParseFrom(signed.List);
            reason = list.RootFingerprint.Span.SequenceEqual(coordinatorRoot.GetCertHash(HashAlgorithmName.SHA256))
                ? null
                : "it is of another deployment";
            if (reason is not null
                || !TryReadAuthorities(list, coordinatorRoot, now, out ImmutableArray<MeshAnchor> authorities, out reason)
                || !TryReadRevocations(list, out MarbleRevocations? revocations, out reason)
                || !TryReadListed(list, out ListedManifest? listed, out reason))
            {
                return false;
            }

            trust = new MarbleTrust
            {
                Number = list.Number,
                Authorities = authorities,
                Revocations = revocations,
                Listed = listed,
                Received = now,
                Content = [.. SHA256.HashData(signed.List.Span)],
            };
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            reason = "it is not a trust list";
            return false;
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException)
        {
            reason = "a certificate or the signature in it cannot be read";
            return false;
        }
    }

    private static bool IsSigned(SignedTrustList signed, X509Certificate2 root)
    {
        using ECDsa? key = root.GetECDsaPublicKey();
        return key is not null && key.VerifyData(
            [.. Label, .. signed.List.Span], signed.Signature.Span, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    /// <summary>Counts the members before they are decoded: a short list could become millions of objects.</summary>
    private static string? Count(ByteString list)
    {
        using CodedInputStream input = list.CreateCodedInput();
        int authorities = 0;
        int revocations = 0;
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            int field = WireFormat.GetTagFieldNumber(tag);
            authorities += field == TrustList.AuthoritiesFieldNumber ? 1 : 0;
            revocations += field == TrustList.RevocationsFieldNumber ? 1 : 0;
            input.SkipLastField();
        }

        return authorities > MostAuthorities ? $"it has {authorities} authorities, and at most {MostAuthorities} are read"
            : revocations > MostRevocations ? $"it has {revocations} revocations, and at most {MostRevocations} are read"
            : null;
    }

    /// <summary>
    /// The manifest is not read here: a version that does not understand it must still accept the authorities and revocations.
    /// </summary>
    private static bool TryReadListed(TrustList list, out ListedManifest? listed, [NotNullWhen(false)] out string? reason)
    {
        listed = null;
        reason = null;
        if (list.Coordinators is { } coordinators)
        {
            int manifest = coordinators.Manifest.Length;
            int signatures = coordinators.OwnerSignatures.Length;
            reason = manifest is 0 or > Manifest.MaxLengthWithCoordinators || signatures > ManifestSignatures.MaxLength
                ? $"it has a manifest of {manifest} bytes with signatures of {signatures} bytes, and at most "
                + $"{Manifest.MaxLengthWithCoordinators} and {ManifestSignatures.MaxLength} are read"
                : null;
            listed = new ListedManifest(coordinators.Manifest.Memory, coordinators.OwnerSignatures.Memory);
        }

        return reason is null;
    }

    private static bool TryReadAuthorities(
        TrustList list,
        X509Certificate2 coordinatorRoot,
        DateTimeOffset now,
        out ImmutableArray<MeshAnchor> authorities,
        [NotNullWhen(false)] out string? reason)
    {
        authorities = [];
        reason = list.Authorities.Count == 0 ? "it has no authority" : null;
        var read = ImmutableArray.CreateBuilder<MeshAnchor>(list.Authorities.Count);
        foreach (TrustedAuthority authority in list.Authorities)
        {
            bool isIssuer = read.Count == 0;
            if (isIssuer ? authority.Until != 0 : authority.Until <= 0)
            {
                reason = isIssuer ? "the authority that issues has an end" : "an overlap has no end";
                break;
            }

            X509Certificate2 root = X509CertificateLoader.LoadCertificate(authority.MarbleRootCertificate.Span);
            using X509Certificate2 intermediate = X509CertificateLoader.LoadCertificate(authority.IntermediateCertificate.Span);
            if (FindFault(root, intermediate, coordinatorRoot, now) is { } fault)
            {
                reason = fault;
                break;
            }

            MeshAnchor trusted = isIssuer
                ? new MeshAnchor(root)
                : new MeshAnchor(root, ReadTime(authority.Until), now + OverlapText.Longest);
            if (read.Any(a => a.KeyId == trusted.KeyId))
            {
                reason = "it has an authority twice";
                break;
            }

            read.Add(trusted);
        }

        if (reason is not null)
        {
            return false;
        }

        authorities = read.ToImmutable();
        return true;
    }

    private static string? FindFault(
        X509Certificate2 root, X509Certificate2 intermediate, X509Certificate2 coordinatorRoot, DateTimeOffset now)
    {
        if (!IsAuthority(root) || !IsAuthority(intermediate))
        {
            return "a certificate in it is not an authority's";
        }

        if (!CertificateChain.TryVerify(intermediate, coordinatorRoot, CertificateRole.Any, now, out string? reason))
        {
            return $"an authority in it is not of this deployment: {reason}";
        }

        if (!CertificateChain.HaveSameKey(root, intermediate))
        {
            return "an authority in it has two keys";
        }

        return IsSelfSigned(root) ? null : "a Marble root in it is not self-signed";
    }

    private static bool IsAuthority(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is { CertificateAuthority: true };

    private static bool IsSelfSigned(X509Certificate2 certificate)
    {
        if (!certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData))
        {
            return false;
        }

        HashAlgorithmName? hash = certificate.SignatureAlgorithm.Value switch
        {
            "1.2.840.10045.4.3.2" => HashAlgorithmName.SHA256,
            "1.2.840.10045.4.3.3" => HashAlgorithmName.SHA384,
            "1.2.840.10045.4.3.4" => HashAlgorithmName.SHA512,
            _ => null,
        };
        using ECDsa? key = certificate.GetECDsaPublicKey();
        if (hash is null || key is null)
        {
            return false;
        }

        AsnReader parts = new AsnReader(certificate.RawDataMemory, AsnEncodingRules.DER).ReadSequence();
        ReadOnlyMemory<byte> content = parts.ReadEncodedValue();
        parts.ReadEncodedValue();
        return key.VerifyData(content.Span, parts.ReadBitString(out _), hash.Value, DSASignatureFormat.Rfc3279DerSequence);
    }

    private static DateTimeOffset ReadTime(long seconds) =>
        seconds < DateTimeOffset.MaxValue.ToUnixTimeSeconds() ? DateTimeOffset.FromUnixTimeSeconds(seconds) : DateTimeOffset.MaxValue;

    private static bool TryReadRevocations(
        TrustList list, [NotNullWhen(true)] out MarbleRevocations? revocations, [NotNullWhen(false)] out string? reason)
    {
        var read = new List<(RevokedSubject, RevokedSubject.Entry)>(list.Revocations.Count);
        foreach (RevokedMarbles revoked in list.Revocations)
        {
            if (ReadSubject(revoked) is not { } subject)
            {
                revocations = null;
                reason = string.Create(
                    CultureInfo.InvariantCulture, $"revocation {revoked.Number} has a subject that this version does not understand");
                return false;
            }

            read.Add((subject, new RevokedSubject.Entry(revoked.Number, [.. revoked.MarbleTypes])));
        }

        revocations = MarbleRevocations.Create(read);
        reason = null;
        return true;
    }

    private static RevokedSubject? ReadSubject(RevokedMarbles revoked) => revoked.SubjectCase switch
    {
        RevokedMarbles.SubjectOneofCase.Uuid when revoked.Uuid.Length == UuidBytes =>
            new RevokedSubject(RevokedKind.Uuid, MarbleUuid.ToCanonical(new Guid(revoked.Uuid.Span, bigEndian: true))),
        RevokedMarbles.SubjectOneofCase.Certificate when revoked.Certificate.Length == FingerprintBytes =>
            new RevokedSubject(RevokedKind.Certificate, Hex(revoked.Certificate)),
        RevokedMarbles.SubjectOneofCase.MarbleType when revoked.MarbleType.Length is > 0 and <= MostTypeCharacters =>
            new RevokedSubject(RevokedKind.MarbleType, revoked.MarbleType),
        RevokedMarbles.SubjectOneofCase.Measurement when revoked.Measurement.Length is > 0 and <= MostSubjectBytes =>
            new RevokedSubject(RevokedKind.Measurement, Hex(revoked.Measurement)),
        RevokedMarbles.SubjectOneofCase.Platform when revoked.Platform.Length is > 0 and <= MostSubjectBytes =>
            new RevokedSubject(RevokedKind.Platform, Hex(revoked.Platform)),
        _ => null,
    };

    private static string Hex(ByteString bytes) => Convert.ToHexStringLower(bytes.Span);
}
