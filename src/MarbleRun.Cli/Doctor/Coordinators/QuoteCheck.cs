using MarbleRun.Attestation;

namespace MarbleRun.Cli.Doctor.Coordinators;

/// <summary>The verdict about the Coordinator's quote, by the user's policy.</summary>
internal sealed class QuoteCheck() : CoordinatorCheck(
    "coordinator.quote", "verdict about the quote", "docs/attestation-verdicts.md")
{
    protected override IEnumerable<Finding> Look(Examination examination, CoordinatorFacts coordinator)
    {
        if (coordinator.Phase is null)
        {
            yield break;
        }

        const string Expected = "an accepted quote of the Coordinator's code";
        yield return coordinator.Outcome switch
        {
            AttestationOutcome.Accepted => Good(
                $"accepted: TCB status {coordinator.Verdict!.Claims!.TcbStatus}, code {coordinator.Verdict.Claims.UniqueId}"),
            AttestationOutcome.Skipped => Warn(
                "not verified: the verification is switched off", Expected, "Omit --insecure, and InsecureSkipVerify in the policy."),
            AttestationOutcome.NotDone => Warn(
                $"not verified: {coordinator.Reason}", Expected, "Specify --era-config FILE, or --simulation for a simulated Coordinator."),
            _ => Fail(coordinator.Reason, Expected, Remedy(coordinator.Verdict)),
        };
    }

    private static string Remedy(Verdict? verdict) =>
        verdict?.Checks.FirstOrDefault(c => c.Outcome == VerdictCheckOutcome.Failed) is { } failed
            ? $"{failed.Code}: {failed.Remedy ?? "compare the policy with the release that you run."}"
            : "Another server may answer at this address, or the deployment was replaced. Send no secret to it.";
}
