namespace MarbleRun.Attestation.Collateral.Sources;

/// <summary>When a cache asks its source again.</summary>
/// <param name="RefreshAfter">How old gets what is good.</param>
/// <param name="RetryAfter">How long after a failure, or after an answer that was not good.</param>
internal readonly record struct CollateralTimes(TimeSpan RefreshAfter, TimeSpan RetryAfter);
