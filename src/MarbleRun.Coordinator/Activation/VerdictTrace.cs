using System.Diagnostics;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Checks;
using MarbleRun.Coordinator.Diagnostics;

namespace MarbleRun.Coordinator.Activation;

/// <summary>Records a verdict in a trace: an event for each check. Only failed checks contain the expected and the found value, as in the
/// log.</summary>
internal static class VerdictTrace
{
    private const string EventName = "marblerun.verdict.check";

    public static void Add(Activity activity, Verdict verdict, DateTimeOffset time)
    {
        activity.SetTag("marblerun.verdict", VerdictCodes.Of(verdict.Reason));
        if (!activity.IsAllDataRequested)
        {
            return;
        }

        foreach (VerdictCheck check in verdict.Checks)
        {
            var tags = new ActivityTagsCollection { ["code"] = check.Code, ["outcome"] = VerdictCodes.Of(check.Outcome) };
            if (check.Outcome == VerdictCheckOutcome.Failed)
            {
                AddText(tags, "expected", check.Expected);
                AddText(tags, "found", check.Found);
            }

            activity.AddEvent(new ActivityEvent(EventName, time, tags));
        }
    }

    // The text may contain parts of evidence from an unauthenticated caller.
    private static void AddText(ActivityTagsCollection tags, string name, string? text)
    {
        if (text is not null)
        {
            tags[name] = LogText.Clean(text);
        }
    }
}
