namespace MarbleRun.Coordinator.Authority;

/// <summary>What a certificate says about its Marble.</summary>
/// <param name="Uuid">The instance.</param>
/// <param name="MarbleType">A key of the manifest's <c>Marbles</c>.</param>
/// <param name="Names">The names that the manifest allows.</param>
/// <param name="TrustDomain">The SPIFFE trust domain of the deployment.</param>
/// <param name="Code">What its evidence proved; null if it was admitted without evidence.</param>
internal sealed record MarbleSubject(Guid Uuid, string MarbleType, CertificateNames Names, string TrustDomain, AttestedCode? Code)
{
    /// <summary>The URL at which relying parties find the revocation list; null for none.</summary>
    public string? CrlDistributionPoint { get; init; }

    /// <summary>The SPIFFE ID; null if it would be too long.</summary>
    public string? SpiffeId { get; } = Authority.SpiffeId.Of(TrustDomain, MarbleType, Uuid);
}
