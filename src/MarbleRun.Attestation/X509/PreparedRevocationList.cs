using MarbleRun.Attestation.Checks;

namespace MarbleRun.Attestation.X509;

/// <summary>
/// A revocation list that is read once, and whose signature is checked once for each issuer. Dates and entries are checked every time.
/// </summary>
internal sealed class PreparedRevocationList
{
    private readonly CertificateProfile _profile;
    private readonly RevocationList? _list;
    private readonly string? _fault;
    private volatile byte[]? _issuerKey;

    public PreparedRevocationList(ReadOnlyMemory<byte> der, CertificateProfile profile)
    {
        _profile = profile;

        // A copy, because the caller could change the bytes after the check.
        _ = RevocationList.TryParse(der.ToArray(), profile, out _list, out _fault);
    }

    /// <summary>Null if the list is the issuer's, genuine, current, and does not contain the certificate.</summary>
    /// <param name="certificate">A certificate that <paramref name="issuer"/> issued.</param>
    /// <param name="issuer">A CA that is trusted already.</param>
    /// <param name="now">The time of verification.</param>
    public CheckFailure? Check(Certificate certificate, Certificate issuer, DateTimeOffset now)
    {
        if (CheckList(issuer, now) is { } failure)
        {
            return failure;
        }

        return _list!.Contains(certificate.SerialNumber)
            ? new CheckFailure(
                VerdictReason.Revoked,
                $"{certificate.SubjectText} not to be revoked",
                $"its serial number {Convert.ToHexStringLower(certificate.SerialNumber.Span)} on the list of {issuer.SubjectText}")
            : null;
    }

    /// <summary>Null if the list is the issuer's, genuine and current.</summary>
    /// <param name="issuer">A CA that is trusted already.</param>
    /// <param name="now">The time of verification.</param>
    public CheckFailure? CheckList(Certificate issuer, DateTimeOffset now)
    {
        if (_list is null)
        {
            return CheckFailure.Malformed($"an X.509 v2 revocation list, DER, with {_profile.AlgorithmName}", _fault!);
        }

        if (!_list.Issuer.Span.SequenceEqual(issuer.Subject.Span))
        {
            return new CheckFailure(
                VerdictReason.Mismatch, $"a revocation list of {issuer.SubjectText}", $"one of {DerName.CommonName(_list.Issuer)}");
        }

        if (!issuer.Extensions.MaySignLists)
        {
            return CheckFailure.Untrusted($"{issuer.SubjectText} to have key usage cRLSign", "a certificate without it");
        }

        if (!IsSignedBy(_list, issuer))
        {
            return CheckFailure.Signature($"a revocation list signed by {issuer.SubjectText}", "a signature that is not by its key");
        }

        if (now < _list.ThisUpdate || now > _list.NextUpdate)
        {
            CheckFailure ended = Validity.Failure(
                $"a revocation list of {issuer.SubjectText}", now, "one", _list.ThisUpdate, _list.NextUpdate);
            return ended with
            {
                Remedy = ended.Remedy ?? "Compare the clock of this machine with the dates; if the clock is right, fetch the list again.",
            };
        }

        return null;
    }

    private bool IsSignedBy(RevocationList list, Certificate issuer)
    {
        if (_issuerKey is { } key && issuer.PublicKey.Span.SequenceEqual(key))
        {
            return true;
        }

        if (!list.IsSignedBy(issuer.PublicKey))
        {
            return false;
        }

        _issuerKey = issuer.PublicKey.ToArray();
        return true;
    }
}
