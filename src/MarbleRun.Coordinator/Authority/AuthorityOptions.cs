namespace MarbleRun.Coordinator.Authority;

/// <summary>How the Coordinator issues certificates: configuration section <c>Coordinator:Authority</c>.</summary>
public sealed class AuthorityOptions
{
    /// <summary>The algorithm of all new keys; the default is <see cref="KeyAlgorithm.EcdsaP256"/>.</summary>
    public KeyAlgorithm KeyAlgorithm { get; set; }

    /// <summary>
    /// The validity of the certificate of a Marble that renews it, from one minute to 106,751 days; the default is 24 hours. Such a Marble
    /// renews at half of it.
    /// </summary>
    [DurationRange("00:01:00", "106751.00:00:00")]
    public TimeSpan RenewableCertificateLifetime { get; set; } = TimeSpan.FromDays(1);

    /// <summary>
    /// The validity of the certificate of a Marble that does not renew it, from one minute to 106,751 days; the default is 30 days. A value
    /// past the end of the Coordinator's own certificate (about 292 years) is shortened to it.
    /// </summary>
    [DurationRange("00:01:00", "106751.00:00:00")]
    public TimeSpan MarbleCertificateLifetime { get; set; } = TimeSpan.FromDays(30);

    /// <summary>
    /// The URL of <c>/api/v2/crl</c>, for the CRL distribution point of new Marble certificates: http or https, ASCII, at most 1,024
    /// characters. Not set by default. Relying parties that check revocation lists fetch it; most of them refuse https here.
    /// </summary>
    public string? CrlDistributionPoint { get; set; }
}
