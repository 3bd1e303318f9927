using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using MarbleRun.Attestation.Dcap;

namespace MarbleRun.Attestation.Snp;

/// <summary>A list of certificates that an ARK revoked (RFC 5280, 5; AMD #57230, 4.3).</summary>
internal sealed class SnpRevocationList
{
    private const string AuthorityKeyIdentifierOid = "2.5.29.35";
    private const string NumberOid = "2.5.29.20";

    private readonly ReadOnlyMemory<byte> _signed;
    private readonly byte[] _signature;
    private readonly List<ReadOnlyMemory<byte>> _serialNumbers = [];

    private SnpRevocationList(ReadOnlyMemory<byte> der)
    {
        (_signed, ReadOnlyMemory<byte> algorithm, _signature) = SnpCertificate.ReadSigned(der);
        AsnReader body = new AsnReader(_signed, AsnEncodingRules.DER).ReadSequence();
        Certificate.Require(body.TryReadInt32(out int version) && version == 1, "The version is not 2.");
        SnpCertificate.ReadSameAlgorithm(body, algorithm);
        Issuer = Certificate.ReadName(body);
        ThisUpdate = Certificate.ReadTime(body);
        NextUpdate = Certificate.ReadTime(body);
        if (body.HasData && body.PeekTag() == Asn1Tag.Sequence)
        {
            ReadEntries(body.ReadSequence());
        }

        if (body.HasData)
        {
            ReadExtensions(body.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true)));
        }

        body.ThrowIfNotEmpty();
    }

    public ReadOnlyMemory<byte> Issuer { get; }

    public DateTimeOffset ThisUpdate { get; }

    /// <summary>Not optional here: a list without an end can't be told from an old one.</summary>
    public DateTimeOffset NextUpdate { get; }

    /// <summary>Reads a list, DER.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> der, [NotNullWhen(true)] out SnpRevocationList? list, [NotNullWhen(false)] out string? fault)
    {
        try
        {
            list = new SnpRevocationList(der);
            fault = null;
            return true;
        }
        catch (AsnContentException e)
        {
            list = null;
            fault = e.Message;
            return false;
        }
    }

    /// <summary>Null if the list is the root's, genuine, current, and holds neither the root nor the intermediate CA.</summary>
    /// <param name="der">The list.</param>
    /// <param name="chain">A chain that was found to lead to <paramref name="root"/>.</param>
    /// <param name="root">The trusted root.</param>
    /// <param name="now">The time of verification.</param>
    public static CheckFailure? Check(ReadOnlyMemory<byte> der, SnpChain chain, SnpRoot root, DateTimeOffset now)
    {
        SnpCertificate issuer = root.Certificate;
        if (!TryParse(der, out SnpRevocationList? list, out string? fault))
        {
            return CheckFailure.Malformed("an X.509 v2 revocation list, DER, with RSASSA-PSS and SHA-384", fault);
        }

        if (!list.Issuer.Span.SequenceEqual(issuer.Subject.Span))
        {
            return new CheckFailure(VerdictReason.Mismatch, $"a revocation list of {issuer.SubjectText}", $"one of {DerName.CommonName(list.Issuer)}");
        }

        if (!issuer.Extensions.MaySignLists)
        {
            return CheckFailure.Untrusted($"{issuer.SubjectText} to have key usage cRLSign", "a certificate without it");
        }

        if (!RsaPss.Verify(issuer.PublicKey.Span, list._signed.Span, list._signature))
        {
            return CheckFailure.Signature($"a revocation list signed by {issuer.SubjectText}", "a signature that is not by its key");
        }

        if (now < list.ThisUpdate || now > list.NextUpdate)
        {
            return new CheckFailure(
                VerdictReason.CollateralExpired,
                $"a revocation list of {issuer.SubjectText} valid at {now:u}",
                $"one valid from {list.ThisUpdate:u} to {list.NextUpdate:u}");
        }

        return list.CheckListed(chain.Ask, issuer) ?? list.CheckListed(chain.Ark ?? issuer, issuer);
    }

    private CheckFailure? CheckListed(SnpCertificate certificate, SnpCertificate issuer)
    {
        foreach (ReadOnlyMemory<byte> listed in _serialNumbers)
        {
            if (listed.Span.SequenceEqual(certificate.SerialNumber.Span))
            {
                return new CheckFailure(
                    VerdictReason.Revoked,
                    $"{certificate.SubjectText} not to be revoked",
                    $"its serial number {Convert.ToHexStringLower(certificate.SerialNumber.Span)} on the list of {issuer.SubjectText}");
            }
        }

        return null;
    }

    private void ReadEntries(AsnReader entries)
    {
        while (entries.HasData)
        {
            AsnReader entry = entries.ReadSequence();
            _serialNumbers.Add(Certificate.ReadSerialNumber(entry));
            Certificate.ReadTime(entry);
            if (entry.HasData)
            {
                // Whatever the reason or date says, a certificate that is listed is refused.
                entry.ReadSequence();
            }

            entry.ThrowIfNotEmpty();
        }
    }

    // A list that covers only some certificates says so in a critical extension; none of those is known here.
    private static void ReadExtensions(AsnReader reader)
    {
        AsnReader list = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        while (list.HasData)
        {
            (string oid, bool critical, _) = CertificateExtensions.ReadExtension(list);
            Certificate.Require(!critical || oid is AuthorityKeyIdentifierOid or NumberOid, $"The extension {oid} is critical and not known.");
        }
    }
}
