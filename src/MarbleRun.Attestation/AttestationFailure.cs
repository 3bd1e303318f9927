namespace MarbleRun.Attestation;

/// <summary>Why a platform could not attest.</summary>
public enum AttestationFailure
{
    /// <summary>The reason is unknown.</summary>
    Unknown = 0,

    /// <summary>The process does not run in a trusted execution environment that is supported.</summary>
    PlatformUnavailable,

    /// <summary>The platform is available, but it failed to issue the quote.</summary>
    IssuanceFailed,
}
