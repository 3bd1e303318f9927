namespace MarbleRun.Attestation.Checks;

/// <summary>
/// The codes of checks (<see cref="VerdictCheck.Code"/>) that programs ask for. All codes are listed in docs/attestation-verdicts.md.
/// </summary>
public static class VerdictCodes
{
    /// <summary>The report data of the evidence is what was expected: it was made for this certificate and nonce.</summary>
    public const string ReportData = "report.data";

    /// <summary>The platform's TCB status is accepted.</summary>
    public const string TcbStatus = "tcb.status";

    /// <summary>Returns the name of a reason in metrics, traces and JSON: lower case with underscores.</summary>
    /// <param name="reason">The reason.</param>
    public static string Of(VerdictReason reason) => reason switch
    {
        VerdictReason.Accepted => "accepted",
        VerdictReason.Malformed => "malformed",
        VerdictReason.Unsupported => "unsupported",
        VerdictReason.SignatureInvalid => "signature_invalid",
        VerdictReason.ChainUntrusted => "chain_untrusted",
        VerdictReason.Mismatch => "mismatch",
        VerdictReason.Revoked => "revoked",
        VerdictReason.CollateralMissing => "collateral_missing",
        VerdictReason.CollateralExpired => "collateral_expired",
        VerdictReason.TcbStatus => "tcb_status",
        VerdictReason.Policy => "policy",
        _ => "not_verified",
    };

    /// <summary>Returns the name of a check's outcome in traces and JSON: lower case with underscores.</summary>
    /// <param name="outcome">The outcome.</param>
    public static string Of(VerdictCheckOutcome outcome) => outcome switch
    {
        VerdictCheckOutcome.Passed => "passed",
        VerdictCheckOutcome.Failed => "failed",
        _ => "not_reached",
    };
}
