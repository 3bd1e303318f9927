using System.Collections.Immutable;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Checks;
using MarbleRun.Coordinator.Diagnostics;

namespace MarbleRun.Coordinator.Audit;

/// <summary>A refused activation or renewal with the checks of its evidence. Its texts are on one line and have a limited length; it has no
/// secrets.</summary>
internal sealed record RefusedAttempt
{
    private const int MaxChecks = 64;
    private const int MaxText = 500;

    /// <summary>What a record takes besides its texts, and an element of the list of checks, both rounded up.</summary>
    private const int RecordBytes = 256;
    private const int CheckBytes = 128;

    /// <param name="action">The action as in the audit trail.</param>
    /// <param name="marbleType">The Marble type.</param>
    /// <param name="reason">The reason as in the metric.</param>
    /// <param name="message">What the caller gets.</param>
    /// <param name="verdict">The verdict about the evidence; null if it was not verified.</param>
    public RefusedAttempt(string action, string marbleType, string reason, string message, Verdict? verdict)
    {
        Action = action;
        MarbleType = Cut(marbleType);
        Reason = reason;
        Message = LogText.Clean(message);
        Verdict = verdict is null ? null : VerdictCodes.Of(verdict.Reason);
        Checks = verdict is null ? [] : [.. verdict.Checks.Take(MaxChecks).Select(Cut)];
        Size = RecordBytes
            + (sizeof(char) * (MarbleType.Length + Message.Length))
            + Checks.Sum(SizeOf);
        Kind = (action, MarbleType, reason, Checks.FirstOrDefault(c => c.Outcome == VerdictCheckOutcome.Failed)?.Code);
    }

    /// <summary>What callers cannot choose freely: action, Marble type of the manifest, reason and the check that failed.</summary>
    public (string Action, string MarbleType, string Reason, string? Check) Kind { get; }

    /// <summary>The action as in the audit trail.</summary>
    public string Action { get; }

    /// <summary>The Marble type of the manifest; <c>(unknown)</c> if the manifest does not name the requested one.</summary>
    public string MarbleType { get; }

    /// <summary>The reason as in the metric.</summary>
    public string Reason { get; }

    /// <summary>What the caller got.</summary>
    public string Message { get; }

    /// <summary>The code of the verdict; null if no evidence was verified.</summary>
    public string? Verdict { get; }

    /// <summary>The checks in their order; only a failed one has texts.</summary>
    public ImmutableArray<VerdictCheck> Checks { get; }

    /// <summary>SHA-256 of the caller's certificate, or null.</summary>
    public string? CertificateHash { get; init; }

    /// <summary>When it was refused for the first time.</summary>
    public DateTimeOffset FirstTime { get; init; }

    /// <summary>When it was refused for the last time.</summary>
    public DateTimeOffset LastTime { get; init; }

    /// <summary>How often the same caller was refused for the same reason.</summary>
    public long Count { get; init; } = 1;

    /// <summary>The memory that it takes at most, in bytes.</summary>
    public int Size { get; }

    /// <summary>Whether it repeats another one: only times and counts differ.</summary>
    public bool Repeats(RefusedAttempt other) =>
        Kind == other.Kind
        && CertificateHash == other.CertificateHash
        && Message == other.Message
        && Verdict == other.Verdict
        && Checks.SequenceEqual(other.Checks);

    private static VerdictCheck Cut(VerdictCheck check) => check.Outcome == VerdictCheckOutcome.Failed
        ? new VerdictCheck(Cut(check.Code), VerdictCheckOutcome.Failed)
        {
            Expected = check.Expected is null ? null : Cut(check.Expected),
            Found = check.Found is null ? null : Cut(check.Found),
            Source = check.Source is null ? null : Cut(check.Source),
            Remedy = check.Remedy is null ? null : Cut(check.Remedy),
        }
        : new VerdictCheck(check.Code, check.Outcome);

    private static string Cut(string text) => LogText.Clean(text.Length <= MaxText ? text : text[..MaxText] + "…");

    private static int SizeOf(VerdictCheck check) => CheckBytes
        + (sizeof(char) * (LengthOf(check.Expected) + LengthOf(check.Found) + LengthOf(check.Source) + LengthOf(check.Remedy)));

    private static int LengthOf(string? text) => text?.Length ?? 0;
}
