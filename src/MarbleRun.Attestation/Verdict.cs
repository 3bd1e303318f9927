using System.Collections.Immutable;
using System.Text;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation;

/// <summary>The answer of an <see cref="IQuoteVerifier"/>: whether the evidence is accepted, its claims, and all checks in order.</summary>
public sealed class Verdict
{
    private Verdict(VerdictReason reason, QuoteClaims? claims, ImmutableArray<VerdictCheck> checks)
    {
        Reason = reason;
        Claims = claims;
        Checks = checks;
    }

    /// <summary>True only if every check passed.</summary>
    public bool IsAccepted => Reason == VerdictReason.Accepted;

    /// <summary>The kind of verdict.</summary>
    public VerdictReason Reason { get; }

    /// <summary>The claims of the evidence; null if it could not be read.</summary>
    public QuoteClaims? Claims { get; }

    /// <summary>All checks in their order; after a failed one the others are <see cref="VerdictCheckOutcome.NotReached"/>.</summary>
    public ImmutableArray<VerdictCheck> Checks { get; }

    /// <summary>
    /// One sentence: why the evidence was refused, or that it was accepted. Of a failed check it gives the code, what was expected and what
    /// was found; if nothing is set as expected, only what was found (<c>empty report</c>).
    /// </summary>
    public string Summary =>
        Checks.FirstOrDefault(c => c.Outcome == VerdictCheckOutcome.Failed) is { } failed
            ? Describe(failed)
            : IsAccepted ? "accepted" : "not verified";

    /// <summary>
    /// Whether the cause of the refusal is transient (<see cref="VerdictCheck.IsTransient"/>), so that another attempt can succeed.
    /// </summary>
    public bool IsTransient => Checks.Any(c => c is { Outcome: VerdictCheckOutcome.Failed, IsTransient: true });

    /// <summary>Creates an accepted verdict.</summary>
    /// <param name="claims">The claims of the evidence.</param>
    /// <param name="checks">The checks, all passed.</param>
    /// <exception cref="ArgumentException">There is no check, or a check did not pass.</exception>
    public static Verdict Accept(QuoteClaims claims, ImmutableArray<VerdictCheck> checks)
    {
        ArgumentNullException.ThrowIfNull(claims);
        if (checks.IsDefaultOrEmpty || checks.Any(c => c.Outcome != VerdictCheckOutcome.Passed))
        {
            throw new ArgumentException("A verdict accepts only when there are checks and all of them passed.", nameof(checks));
        }

        return new Verdict(VerdictReason.Accepted, claims, checks);
    }

    /// <summary>Creates a rejected verdict.</summary>
    /// <param name="reason">The reason.</param>
    /// <param name="claims">The unverified claims of the evidence, if it could be read.</param>
    /// <param name="checks">The checks, one of them failed.</param>
    /// <exception cref="ArgumentException"><paramref name="reason"/> is <see cref="VerdictReason.Accepted"/>.</exception>
    public static Verdict Reject(VerdictReason reason, QuoteClaims? claims, ImmutableArray<VerdictCheck> checks)
    {
        if (reason == VerdictReason.Accepted)
        {
            throw new ArgumentException("A rejection needs a reason.", nameof(reason));
        }

        return new Verdict(reason, claims, checks.IsDefault ? [] : checks);
    }

    /// <summary>Returns a report of a few lines, for instance for a ticket.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(IsAccepted ? "Accepted" : $"Rejected ({Reason})").Append('\n');
        foreach (VerdictCheck check in Checks)
        {
            text.Append(check.Outcome switch
            {
                VerdictCheckOutcome.Passed => "  ok   ",
                VerdictCheckOutcome.Failed => "  FAIL ",
                _ => "  --   ",
            });
            if (check.Outcome != VerdictCheckOutcome.Failed)
            {
                text.Append(check.Code);
            }
            else
            {
                text.Append(Describe(check));
                AppendLine(text, "rule", check.Source);
                AppendLine(text, "do", check.Remedy);
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    private static string Describe(VerdictCheck failed) =>
        failed.Expected is null
            ? failed.Found ?? failed.Code
            : $"{failed.Code}: expected {failed.Expected}, found {failed.Found}";

    private static void AppendLine(StringBuilder text, string label, string? value)
    {
        if (value is not null)
        {
            text.Append("\n         ").Append(label).Append(": ").Append(value);
        }
    }
}
