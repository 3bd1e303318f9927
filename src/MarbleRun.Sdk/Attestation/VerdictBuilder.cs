using System.Collections.Immutable;

namespace MarbleRun.Attestation;

/// <summary>Collects checks in the order of a plan, so that a verdict names every check, reached or not, and can't be accepted with one left out.</summary>
/// <param name="plan">The checks to make, in order.</param>
internal sealed class VerdictBuilder(IReadOnlyList<CheckRule> plan)
{
    private readonly ImmutableArray<VerdictCheck>.Builder _checks = ImmutableArray.CreateBuilder<VerdictCheck>(plan.Count);

    /// <summary>Notes that the next check of the plan passed.</summary>
    public void Pass(CheckRule rule) => Add(rule, rule.Passed);

    /// <summary>Notes that the next check of the plan failed, and all others were not reached.</summary>
    public Verdict Reject(CheckRule rule, CheckFailure failure, QuoteClaims? claims)
    {
        Add(rule, new VerdictCheck(rule.Code, VerdictCheckOutcome.Failed)
        {
            Expected = failure.Expected,
            Found = failure.Found,
            Source = rule.Source,
            Remedy = failure.Remedy ?? rule.Remedy,
            IsTransient = failure.IsTransient,
        });
        while (_checks.Count < plan.Count)
        {
            _checks.Add(plan[_checks.Count].NotReached);
        }

        return Verdict.Reject(failure.Reason, claims, _checks.MoveToImmutable());
    }

    /// <summary>The accepted verdict, when the whole plan passed.</summary>
    public Verdict Accept(QuoteClaims claims)
    {
        if (_checks.Count != plan.Count)
        {
            throw new InvalidOperationException($"The check {plan[_checks.Count].Code} was left out.");
        }

        return Verdict.Accept(claims, _checks.MoveToImmutable());
    }

    private void Add(CheckRule rule, VerdictCheck check)
    {
        if (_checks.Count == plan.Count || plan[_checks.Count] != rule)
        {
            throw new InvalidOperationException($"The check {rule.Code} is not the next one of the plan.");
        }

        _checks.Add(check);
    }
}
