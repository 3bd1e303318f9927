namespace MarbleRun.Attestation.Collateral.Sources;

/// <summary>When a cache asks its source again.</summary>
/// <param name="RefreshAfter">The age at which a good answer is refreshed.</param>
/// <param name="RetryAfter">The time after a failure or a bad answer.</param>
internal readonly record struct CollateralTimes(TimeSpan RefreshAfter, TimeSpan RetryAfter);
