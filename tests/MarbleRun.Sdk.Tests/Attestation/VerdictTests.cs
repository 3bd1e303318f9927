using MarbleRun.Attestation;

namespace MarbleRun.Tests.Attestation;

public sealed class VerdictTests
{
    private static readonly QuoteClaims s_claims = new()
    {
        UniqueId = new string('a', 64),
        SignerId = new string('b', 64),
        ProductId = 1,
        SecurityVersion = 2,
        Debug = false,
        ReportData = ReportData.FromBytes(new byte[64]),
    };

    private static readonly CheckRule s_first = new("a.first", "a document, 1", "do the first");
    private static readonly CheckRule s_second = new("b.second", "a document, 2", "do the second");

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
    public void Summary_FailedCheck_TellsCodeExpectedAndFound()
    {
        Verdict verdict = new VerdictBuilder([s_first, s_second]).Reject(s_first, CheckFailure.Policy("this", "that"), s_claims);

        Assert.Equal("a.first: expected this, found that", verdict.Summary);
    }

    [Fact]
    public void Summary_NothingExpected_TellsOnlyWhatWasFound()
    {
        Verdict verdict = new VerdictBuilder([s_first]).Reject(s_first, new CheckFailure(VerdictReason.Malformed, null, "empty report"), claims: null);

        Assert.Equal("empty report", verdict.Summary);
    }

    [Fact]
    public void ToString_Rejected_IsReportWithRuleAndRemedy()
    {
        var builder = new VerdictBuilder([s_first, s_second, new CheckRule("c.third", "a document, 3", "do the third")]);
        builder.Pass(s_first);
        Verdict verdict = builder.Reject(s_second, CheckFailure.Signature("this", "that"), s_claims);

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
    public void ToString_Accepted_ListsChecks()
    {
        var builder = new VerdictBuilder([s_first]);
        builder.Pass(s_first);

        Assert.Equal("Accepted\n  ok   a.first\n", builder.Accept(s_claims).ToString());
    }

    [Fact]
    public void BuilderAccept_CheckLeftOut_Throws()
    {
        var builder = new VerdictBuilder([s_first, s_second]);
        builder.Pass(s_first);

        Assert.Throws<InvalidOperationException>(() => builder.Accept(s_claims));
    }

    [Fact]
    public void BuilderPass_OtherThanNext_Throws()
    {
        var builder = new VerdictBuilder([s_first, s_second]);

        Assert.Throws<InvalidOperationException>(() => builder.Pass(s_second));
    }
}
