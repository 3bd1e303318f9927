using System.Globalization;
using MarbleRun.Attestation;
using MarbleRun.Coordinator.Audit;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Coordinator.Tests.Audit;

/// <summary>The memory for refused attempts: what unauthenticated callers can put into it.</summary>
[Trait("Security", "G2")]
public sealed class RefusedAttemptsTests
{
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UnixEpoch);

    [Fact]
    public void Add_TenThousandHostileRefusals_HoldsAtMostHalfAMebibyte()
    {
        var attempts = new RefusedAttempts(_clock);
        string text = "\u001b[31m\n" + new string('x', 50_000);
        VerdictCheck[] checks =
        [
            .. Enumerable.Range(0, 100).Select(n => new VerdictCheck($"check.{n}", VerdictCheckOutcome.Failed)
            {
                Expected = text,
                Found = text,
                Source = text,
                Remedy = text,
            }),
        ];
        for (int i = 0; i < 10_000; i++)
        {
            // Another type and reason each time, so that no share of a kind limits them.
            VerdictCheck[] some = checks[..(i % checks.Length)];
            attempts.Add(new RefusedAttempt(
                "marble.activate", Text(i), Text(i), text, Verdict.Reject(VerdictReason.Policy, claims: null, [.. some])));
        }

        RefusedAttempt[] held = [.. attempts.Read()];
        long bytes = held.Sum(a => TextBytes(a.MarbleType, a.Message)
            + a.Checks.Sum(c => TextBytes(c.Code, c.Expected, c.Found, c.Source, c.Remedy)));
        Assert.InRange(held.Length, 1, RefusedAttempts.MaxCount);
        Assert.InRange(attempts.Size, 1, 512 * 1024);
        Assert.InRange(bytes, 1, 512 * 1024);
        Assert.All(held, a => Assert.All([a.Message, .. a.Checks.Select(c => c.Found!)], t =>
        {
            Assert.True(t.Length <= 1001);
            Assert.DoesNotContain(t, char.IsControl);
        }));
    }

    [Fact]
    public void Add_ManyOfOneKind_DoesNotDisplaceTheOthers()
    {
        var attempts = new RefusedAttempts(_clock);
        attempts.Add(Create("web", "package.unique_id", "a"));
        for (int i = 0; i < 10_000; i++)
        {
            attempts.Add(Create("web", "chain.root", Text(i)));
        }

        RefusedAttempt[] held = [.. attempts.Read()];

        Assert.Equal(RefusedAttempts.MaxOfKind + 1, held.Length);
        Assert.Equal(("9999", "a"), (held[0].Checks[1].Found, held[^1].Checks[1].Found));
    }

    [Fact]
    public void Add_TheSameAgain_CountsIt()
    {
        var attempts = new RefusedAttempts(_clock);
        attempts.Add(Create("web", "package.unique_id", "a"));
        attempts.Add(Create("web", "package.unique_id", "b"));
        _clock.Advance(TimeSpan.FromMinutes(1));
        attempts.Add(Create("web", "package.unique_id", "a"));

        RefusedAttempt[] held = [.. attempts.Read()];

        Assert.Equal([("a", 2L), ("b", 1L)], held.Select(a => (a.Checks[1].Found!, a.Count)));
        Assert.Equal((0L, 60L), (held[0].FirstTime.ToUnixTimeSeconds(), held[0].LastTime.ToUnixTimeSeconds()));
    }

    [Fact]
    public void Of_ChecksThatPassed_HasNoTextsOfThem()
    {
        RefusedAttempt attempt = Create("web", "package.unique_id", "a");

        Assert.Equal(
            new VerdictCheck("quote.signature", VerdictCheckOutcome.Passed), attempt.Checks[0]);
        Assert.Equal(("policy", "required", "a"), (attempt.Verdict, attempt.Checks[1].Expected, attempt.Checks[1].Found));
    }

    private static RefusedAttempt Create(string type, string code, string found) => new(
        "marble.activate",
        type,
        "quote",
        "refused",
        Verdict.Reject(
            VerdictReason.Policy,
            claims: null,
            [
                new VerdictCheck("quote.signature", VerdictCheckOutcome.Passed) { Expected = "x", Found = "x" },
                new VerdictCheck(code, VerdictCheckOutcome.Failed) { Expected = "required", Found = found },
            ]));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static long TextBytes(params string?[] texts) => texts.Sum(text => (long)sizeof(char) * (text?.Length ?? 0));
}
