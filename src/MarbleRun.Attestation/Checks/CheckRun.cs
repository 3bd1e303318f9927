using System.Collections.Immutable;

namespace MarbleRun.Attestation.Checks;

/// <summary>
/// Makes the checks of a list in their order, each only if all before it passed, and puts them into a verdict. The first failure ends it:
/// what was not reached is the tail of the list. Only the end of the list accepts, so that no check is left out.
/// </summary>
/// <param name="checks">All checks of the verdict.</param>
internal sealed class CheckRun<T>(ImmutableArray<Check<T>> checks)
    where T : CheckContext
{
    private readonly ImmutableArray<VerdictCheck>.Builder _made = ImmutableArray.CreateBuilder<VerdictCheck>(checks.Length);
    private int _next;

    /// <summary>Makes the next checks, up to a certain one; null if all passed. More may be known for the others then.</summary>
    /// <param name="last">The rule of the last check to make. It is in the list, and was not passed yet.</param>
    /// <param name="context">What is known.</param>
    public Verdict? Through(CheckRule last, T context)
    {
        while (_next < checks.Length)
        {
            Check<T> check = checks[_next++];
            if (Make(check, context) is { } rejected)
            {
                return rejected;
            }

            if (ReferenceEquals(check.Rule, last))
            {
                return null;
            }
        }

        throw new InvalidOperationException($"The check {last.Code} is not one of those to come.");
    }

    /// <summary>Makes all checks that are left.</summary>
    /// <param name="context">What is known.</param>
    public Verdict Finish(T context)
    {
        while (_next < checks.Length)
        {
            if (Make(checks[_next++], context) is { } rejected)
            {
                return rejected;
            }
        }

        return Verdict.Accept(context.Said, _made.DrainToImmutable());
    }

    private Verdict? Make(Check<T> check, T context)
    {
        if (!check.Applies(context))
        {
            return null;
        }

        if (check.Find(context) is { } failure)
        {
            return Reject(check.Rule, failure, context);
        }

        _made.Add(check.Rule.Passed);
        return null;
    }

    private Verdict Reject(CheckRule rule, CheckFailure failure, T context)
    {
        _made.Add(rule.Failed(failure));
        for (; _next < checks.Length; _next++)
        {
            if (checks[_next].Applies(context))
            {
                _made.Add(checks[_next].Rule.NotReached);
            }
        }

        return Verdict.Reject(failure.Reason, context.Claims, _made.DrainToImmutable());
    }
}
