namespace MarbleRun.Attestation.Snp;

/// <summary>A check of <see cref="SnpProperties"/>.</summary>
/// <param name="Rule">Its name.</param>
/// <param name="Applies">Whether the package asks for it.</param>
/// <param name="Check">Makes it; null if it passed.</param>
internal sealed record SnpPolicyCheck(CheckRule Rule, Predicate<SnpProperties> Applies, Func<SnpProperties, SnpClaims, CheckFailure?> Check);
