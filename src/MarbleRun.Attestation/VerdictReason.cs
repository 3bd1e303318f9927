namespace MarbleRun.Attestation;

/// <summary>The kind of a <see cref="Verdict"/>, for programs to switch on.</summary>
public enum VerdictReason
{
    /// <summary>No verification took place: the default of a verdict.</summary>
    NotVerified = 0,

    /// <summary>Every check passed.</summary>
    Accepted,

    /// <summary>The bytes do not have the structure of evidence.</summary>
    Malformed,

    /// <summary>The evidence is well formed, but of an unsupported kind.</summary>
    Unsupported,

    /// <summary>A signature over evidence or collateral, or the binding of the attestation key, is wrong.</summary>
    SignatureInvalid,

    /// <summary>A certificate chain does not lead to the trusted root, or a certificate was used outside its purpose.</summary>
    ChainUntrusted,

    /// <summary>Each part is genuine, but the parts do not belong together.</summary>
    Mismatch,

    /// <summary>A certificate is on a revocation list.</summary>
    Revoked,

    /// <summary>The collateral for revocation and TCB status is missing.</summary>
    CollateralMissing,

    /// <summary>A certificate, list or signed document is not valid at the time of verification.</summary>
    CollateralExpired,

    /// <summary>The platform's TCB status is not accepted by the policy.</summary>
    TcbStatus,

    /// <summary>Genuine, but it does not satisfy the policy (package, debug, report data).</summary>
    Policy,
}
