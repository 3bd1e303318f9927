using System.Diagnostics;
using MarbleRun.Attestation;
using MarbleRun.Coordinator.Diagnostics;

namespace MarbleRun.Coordinator.Activation;

/// <summary>Records a verdict in a trace: an event for each check. Only failed checks contain the expected and the found value, as in the
/// log.</summary>
internal static class VerdictTrace
{
    private const string EventName = "marblerun.verdict.check";

    public static void Add(Activity activity, Verdict verdict, DateTimeOffset time)
    {
        activity.SetTag("marblerun.verdict", Label(verdict.Reason));
        if (!activity.IsAllDataRequested)
        {
            return;
        }

        foreach (VerdictCheck check in verdict.Checks)
        {
            var tags = new ActivityTagsCollection { ["code"] = check.Code, ["outcome"] = Label(check.Outcome) };
            if (check.Outcome == VerdictCheckOutcome.Failed)
            {
                AddText(tags, "expected", check.Expected);
                AddText(tags, "found", check.Found);
            }

            activity.AddEvent(new ActivityEvent(EventName, time, tags));
        }
    }

    /// <summary>The kind of verdict as a label of metrics and traces.</summary>
    public static string Label(VerdictReason reason) => reason switch
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

    private static string Label(VerdictCheckOutcome outcome) => outcome switch
    {
        VerdictCheckOutcome.Passed => "passed",
        VerdictCheckOutcome.Failed => "failed",
        _ => "not_reached",
    };

    // The text may contain parts of evidence from an unauthenticated caller.
    private static void AddText(ActivityTagsCollection tags, string name, string? text)
    {
        if (text is not null)
        {
            tags[name] = LogText.Clean(text);
        }
    }
}
