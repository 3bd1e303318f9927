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
}
