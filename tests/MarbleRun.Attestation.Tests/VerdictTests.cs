using MarbleRun.Attestation;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Tests.Attestation;

public sealed class VerdictTests
{
    private static readonly QuoteClaims s_claims = new()
    {
        Tee = TeeType.Sgx,
        UniqueId = new string('a', 64),
        SignerId = new string('b', 64),
        ProductId = 1,
        SecurityVersion = 2,
        Debug = false,
        ReportData = ReportData.FromBytes(new byte[64]),
    };

    private static readonly CheckContext s_context = new(
        new QuoteExpectation { ReportData = default, Package = new PackageProperties() }, s_claims);
    private static readonly CheckRule s_first = new("a.first", "a document, 1", "do the first");
    private static readonly CheckRule s_second = new("b.second", "a document, 2", "do the second");
    private static readonly CheckRule s_third = new("c.third", "a document, 3", "do the third");

    [Fact]
    public void Accept_NoChecks_Throws()
    {
        Assert.Throws<ArgumentException>(() => Verdict.Accept(s_claims, []));
        Assert.Throws<ArgumentException>(() => Verdict.Accept(s_claims, default));
    }

    [Theory]
    [InlineData(VerdictCheckOutcome.Failed)]
    [InlineData(VerdictCheckOutcome.NotReached)]
    public void Accept_CheckThatDidNotPass_Throws(VerdictCheckOutcome outcome)
    {
        Assert.Throws<ArgumentException>(() =>
            Verdict.Accept(s_claims, [new VerdictCheck("x", VerdictCheckOutcome.Passed), new VerdictCheck("y", outcome)]));
    }

    [Fact]
    public void Reject_ReasonAccepted_Throws()
    {
        Assert.Throws<ArgumentException>(() => Verdict.Reject(VerdictReason.Accepted, s_claims, []));
    }

    [Fact]
    public void Reject_DefaultChecks_IsNotAccepted()
    {
        Verdict verdict = Verdict.Reject(VerdictReason.NotVerified, claims: null, default);

        Assert.False(verdict.IsAccepted);
        Assert.Empty(verdict.Checks);
        Assert.Equal("not verified", verdict.Summary);
    }

    [Fact]
    public void Summary_FailedCheck_NamesCodeExpectedAndFound()
    {
        Verdict verdict = Run(Fails(s_first, CheckFailure.Policy("this", "that")), Passes(s_second)).Finish(s_context);

        Assert.Equal("a.first: expected this, found that", verdict.Summary);
    }

    [Fact]
    public void Summary_NothingExpected_SaysOnlyWhatWasFound()
    {
        Verdict verdict = Run(Fails(s_first, new CheckFailure(VerdictReason.Malformed, null, "empty report"))).Finish(
            s_context with { Claims = null });

        Assert.Equal("empty report", verdict.Summary);
    }

    [Fact]
    public void ToString_Rejected_IsReportWithRuleAndRemedy()
    {
        Verdict verdict = Run(Passes(s_first), Fails(s_second, CheckFailure.Signature("this", "that")), Passes(s_third)).Finish(s_context);

        Assert.Equal(
            """
            Rejected (SignatureInvalid)
              ok   a.first
              FAIL b.second: expected this, found that
                     rule: a document, 2
                     do: do the second
              --   c.third

            """.ReplaceLineEndings("\n"),
            verdict.ToString());
    }

    [Fact]
    public void ToString_Accepted_ListsChecks() =>
        Assert.Equal("Accepted\n  ok   a.first\n", Run(Passes(s_first)).Finish(s_context).ToString());

    [Fact]
    public void Run_AfterAFailure_MakesNoOtherCheck()
    {
        var behind = new Check<CheckContext>(s_second, _ => throw new InvalidOperationException("It was made."));

        Verdict verdict = Run(Fails(s_first, CheckFailure.Policy("this", "that")), behind).Finish(s_context);

        Assert.Equal([VerdictCheckOutcome.Failed, VerdictCheckOutcome.NotReached], verdict.Checks.Select(c => c.Outcome));
    }

    [Fact]
    public void Run_CheckThatDoesNotApply_IsNeitherMadeNorListed()
    {
        Check<CheckContext> other = Fails(s_second, CheckFailure.Policy("this", "that")) with { When = c => c.Tee == TeeType.Snp };

        Assert.Equal(["a.first"], Run(Passes(s_first), other).Finish(s_context).Checks.Select(c => c.Code));
        Assert.Equal(
            ["a.first"], Run(Fails(s_first, CheckFailure.Policy("this", "that")), other).Finish(s_context).Checks.Select(c => c.Code));
    }

    [Fact]
    public void Through_FirstOfTwo_LeavesTheOtherToTheEnd()
    {
        CheckRun<CheckContext> run = Run(
            Passes(s_first), new Check<CheckContext>(s_second, c => CheckFailure.Policy("this", c.Said.UniqueId)));

        Assert.Null(run.Through(s_first, s_context));
        Verdict verdict = run.Finish(s_context with { Claims = s_claims with { UniqueId = "later" } });

        Assert.Equal("b.second: expected this, found later", verdict.Summary);
        Assert.Equal([VerdictCheckOutcome.Passed, VerdictCheckOutcome.Failed], verdict.Checks.Select(c => c.Outcome));
    }

    [Fact]
    public void Through_CheckThatIsNotToCome_Throws()
    {
        CheckRun<CheckContext> run = Run(Passes(s_first), Passes(s_second));
        run.Through(s_first, s_context);

        Assert.Throws<InvalidOperationException>(() => run.Through(s_first, s_context));
        Assert.Throws<InvalidOperationException>(() => Run(Passes(s_first)).Through(s_third, s_context));
    }

    [Fact]
    public void Finish_WithoutClaims_Throws() =>
        Assert.Throws<InvalidOperationException>(() => Run(Passes(s_first)).Finish(s_context with { Claims = null }));

    private static CheckRun<CheckContext> Run(params Check<CheckContext>[] checks) => new([.. checks]);

    private static Check<CheckContext> Passes(CheckRule rule) => new(rule, _ => null);

    private static Check<CheckContext> Fails(CheckRule rule, CheckFailure failure) => new(rule, _ => failure);
}
