using System.Collections.Immutable;

namespace MarbleRun.Attestation.Checks;

/// <summary>
/// Runs the checks of a list in order and creates the verdict. The first failure ends the run, and the remaining checks are not reached. A
/// verdict is accepted only at the end of the list, so no check can be skipped.
/// </summary>
/// <param name="checks">All checks of the verdict.</param>
internal sealed class CheckRun<T>(ImmutableArray<Check<T>> checks)
    where T : CheckContext
{
    private readonly ImmutableArray<VerdictCheck>.Builder _made = ImmutableArray.CreateBuilder<VerdictCheck>(checks.Length);
    private int _next;

    /// <summary>
    /// Runs the next checks, including the given one. Returns null if all passed; the caller can then add data for the remaining checks.
    /// </summary>
    /// <param name="last">The rule of the last check to run. It is in the list and was not reached before.</param>
    /// <param name="context">The data of the checks.</param>
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

        throw new InvalidOperationException($"The check {last.Code} is not one of the remaining checks.");
    }

    /// <summary>Runs all remaining checks.</summary>
    /// <param name="context">The data of the checks.</param>
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
