namespace MarbleRun.Attestation;

/// <summary>Why a platform could not attest.</summary>
public enum AttestationFailure
{
    /// <summary>Not told.</summary>
    Unknown = 0,

    /// <summary>The process does not run in a trusted execution environment that is supported.</summary>
    PlatformUnavailable,

    /// <summary>The platform is there, but issuing the quote failed.</summary>
    IssuanceFailed,
}
