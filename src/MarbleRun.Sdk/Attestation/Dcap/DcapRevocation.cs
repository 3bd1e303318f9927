namespace MarbleRun.Attestation.Dcap;

/// <summary>Asks a revocation list about a certificate.</summary>
internal static class DcapRevocation
{
    /// <summary>Null if the list is the issuer's, genuine, current, and doesn't hold the certificate.</summary>
    /// <param name="der">The list.</param>
    /// <param name="certificate">A certificate that <paramref name="issuer"/> issued.</param>
    /// <param name="issuer">A CA that is trusted already.</param>
    /// <param name="now">The time of verification.</param>
    public static CheckFailure? Check(ReadOnlyMemory<byte> der, Certificate certificate, Certificate issuer, DateTimeOffset now)
    {
        if (!RevocationList.TryParse(der, out RevocationList? list, out string? fault))
        {
            return CheckFailure.Malformed("an X.509 v2 revocation list, DER, with ecdsa-with-SHA256", fault);
        }

        if (!list.Issuer.Span.SequenceEqual(issuer.Subject.Span))
        {
            return new CheckFailure(VerdictReason.Mismatch, $"a revocation list of {issuer.SubjectText}", $"one of {DerName.CommonName(list.Issuer)}");
        }

        if (!issuer.Extensions.MaySignLists)
        {
            return CheckFailure.Untrusted($"{issuer.SubjectText} to have key usage cRLSign", "a certificate without it");
        }

        if (!list.IsSignedBy(issuer.PublicKey))
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

        return list.Contains(certificate.SerialNumber)
            ? new CheckFailure(
                VerdictReason.Revoked,
                $"{certificate.SubjectText} not to be revoked",
                $"its serial number {Convert.ToHexStringLower(certificate.SerialNumber.Span)} on the list of {issuer.SubjectText}")
            : null;
    }
}
