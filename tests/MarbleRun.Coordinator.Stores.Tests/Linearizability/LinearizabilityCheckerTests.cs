namespace MarbleRun.Coordinator.Stores.Tests.Linearizability;

/// <summary>Histories whose verdict is known. The times are those of a diagram: (start, end).</summary>
public sealed class LinearizabilityCheckerTests
{
    private const long Never = Operation<string, bool>.Never;
    private static readonly BudgetModel s_budget = new(2);
    private static readonly RegisterModel s_register = new("0");
    private static readonly CounterModel s_counter = new();
    private static readonly UpdateLogModel s_log = new();

    [Fact]
    public void Register_ReadsDuringAWrite_MaySeeOldThenNew() =>
        AssertLinearizable(Write(1, 10, "1"), Read(2, 3, "0"), Read(4, 5, "1"), Read(6, 7, "1"));

    [Fact]
    public void Register_ReadOfTheOldAfterTheNewWasRead_IsCaught() =>
        AssertNotLinearizable("read x -> 0", Write(1, 10, "1"), Read(2, 3, "1"), Read(4, 5, "0"));

    [Fact]
    public void Register_StaleReadAfterTheWriteWasAcknowledged_IsCaught() =>
        AssertNotLinearizable("read x -> 0", Write(1, 2, "1"), Read(3, 4, "0"));

    [Fact]
    public void Register_AcknowledgedWriteThatWasLost_IsCaught() =>
        AssertNotLinearizable("read x -> 1", Write(1, 2, "1"), Write(3, 4, "2"), Read(5, 6, "1"));

    [Fact]
    public void Register_ValueThatWasNeverWritten_IsCaught() => AssertNotLinearizable("read x -> 7", Write(1, 2, "1"), Read(3, 4, "7"));

    [Fact]
    public void Register_ConcurrentWrites_AnyOrderButOneForAllReaders()
    {
        AssertLinearizable(Write(1, 10, "1"), Write(2, 9, "2"), Read(11, 12, "1"), Read(13, 14, "1"));
        AssertLinearizable(Write(1, 10, "1"), Write(2, 9, "2"), Read(11, 12, "2"), Read(13, 14, "2"));
        AssertNotLinearizable("read x -> 1", Write(1, 10, "1"), Write(2, 9, "2"), Read(11, 12, "2"), Read(13, 14, "1"));
    }

    [Fact]
    public void Register_OpenWrite_MayTakeEffectLateOrNever()
    {
        AssertLinearizable(Write(1, Never, "1"), Read(2, 3, "0"), Read(4, 5, "0"));
        AssertLinearizable(Write(1, Never, "1"), Read(2, 3, "0"), Write(4, 5, "2"), Read(6, 7, "2"), Read(8, 9, "1"));
    }

    [Fact]
    public void Register_OpenWrite_TakesEffectOnce() => AssertNotLinearizable(
        "read x -> 1",
        Write(1, Never, "1"),
        Read(2, 3, "1"),
        Write(4, 5, "2"),
        Read(6, 7, "1"));

    [Fact]
    public void Register_OpenWrite_NotBeforeItsStart() => AssertNotLinearizable("read x -> 1", Read(1, 2, "1"), Write(3, Never, "1"));

    [Fact]
    public void Register_SeveralNames_AreApart()
    {
        AssertLinearizable(Write(1, 2, "1"), Read(3, 4, "1"), Read(5, 6, "0", "y"));
        CheckResult result = Check(s_register, [Write(1, 2, "1"), Read(3, 4, "1"), Write(5, 6, "1", "y"), Read(7, 8, "0", "y")]);
        Assert.Contains("Part 'y'", result.Report, StringComparison.Ordinal);
    }

    [Fact]
    public void Budget_ExactlySoManyAreGranted()
    {
        Assert.True(Check(s_budget, [Activate(1, 4, true), Activate(2, 5, true), Activate(3, 6, false)]).IsLinearizable);
        AssertCaught(Check(s_budget, [Activate(1, 4, true), Activate(2, 5, true), Activate(3, 6, true)]));
    }

    /// <summary>Counting one activation twice is refusing one too early.</summary>
    [Fact]
    public void Budget_RefusedBeforeItIsSpent_IsCaught() =>
        AssertCaught(Check(s_budget, [Activate(1, 2, true), Activate(3, 4, false)]));

    [Fact]
    public void Budget_GrantedAfterARefusal_IsCaught() =>
        AssertCaught(Check(s_budget, [Activate(1, 2, true), Activate(1, 3, true), Activate(4, 5, false), Activate(6, 7, true)]));

    [Fact]
    public void Budget_OpenActivation_MayHaveUsedOne()
    {
        Assert.True(Check(s_budget, [Activate(1, 2, true), Activate(3, Never, true), Activate(4, 5, false)]).IsLinearizable);
        Assert.True(Check(s_budget, [Activate(1, 2, true), Activate(3, Never, true), Activate(4, 5, true)]).IsLinearizable);
        AssertCaught(Check(s_budget, [Activate(1, 2, true), Activate(4, 5, false), Activate(6, Never, true)]));
    }

    [Fact]
    public void Budget_ManyOpenActivations_AreDecidedQuickly()
    {
        var model = new BudgetModel(30);
        Operation<string, bool>[] open = [.. Enumerable.Range(0, 60).Select(i => Activate(1 + i, Never, true))];
        Operation<string, bool>[] granted = [.. Enumerable.Range(0, 30).Select(i => Activate(100 + (2 * i), 101 + (2 * i), true))];

        Assert.True(Check(model, [.. open, .. granted, Activate(200, 201, false)]).IsLinearizable);
        AssertCaught(Check(model, [.. open, .. granted, Activate(200, 201, true)]));
    }

    [Fact]
    public void Counter_AnswersAreTheValuesBefore()
    {
        Assert.True(Check(s_counter, [Raise(1, 5, 3, 0), Raise(2, 4, 7, 3), Raise(6, 7, 0, 7)]).IsLinearizable);
        AssertCaught(Check(s_counter, [Raise(1, 2, 3, 0), Raise(3, 4, 7, 0)]));
    }

    /// <summary>A raise that was made twice answers with its own value.</summary>
    [Fact]
    public void Counter_RaiseThatWasMadeTwice_IsCaught() => AssertCaught(Check(s_counter, [Raise(1, 2, 3, 3)]));

    [Fact]
    public void Counter_OpenRaise_MayBeSeen()
    {
        Assert.True(Check(s_counter, [Raise(1, Never, 5, 0), Raise(2, 3, 0, 0), Raise(4, 5, 6, 5)]).IsLinearizable);
        AssertCaught(Check(s_counter, [Raise(1, Never, 5, 0), Raise(2, 3, 0, 5), Raise(4, 5, 6, 0)]));
    }

    [Fact]
    public void UpdateLog_ReadsAreOneGrowingList()
    {
        Assert.True(Check(s_log, [Update(1, 4, 2, true), Update(2, 5, 3, true), ReadLog(6, 7, " 2 3"), Update(8, 9, 1, false)])
            .IsLinearizable);
        AssertCaught(Check(s_log, [Update(1, 2, 2, true), Update(3, 4, 3, true), ReadLog(5, 6, " 3")]));
    }

    [Fact]
    public void UpdateLog_UpdateThatWasMadeTwice_IsCaught() =>
        AssertCaught(Check(s_log, [Update(1, 2, 2, true), ReadLog(3, 4, " 2 2")]));

    [Fact]
    public void UpdateLog_UpdateThatWasMadeAndRefused_IsCaught() =>
        AssertCaught(Check(s_log, [Update(1, 2, 2, false), ReadLog(3, 4, " 2")]));

    [Fact]
    public void UpdateLog_OpenUpdate_ExplainsARefusal()
    {
        Assert.True(Check(s_log, [Update(1, Never, 5, true), Update(2, 3, 4, false)]).IsLinearizable);
        AssertCaught(Check(s_log, [Update(1, Never, 3, true), Update(2, 3, 4, false)]));
    }

    [Fact]
    public void Check_BeyondItsLimit_IsUndecidedAndFailsATest()
    {
        Operation<RegisterInput, string>[] history =
            [.. Enumerable.Range(0, 16).Select(i => Write(1 + i, 100 + i, $"{i + 1}")), Read(200, 201, "none")];

        CheckResult result = LinearizabilityChecker.Check(s_register, history, new CheckLimits(1000, TimeSpan.FromSeconds(30)));

        Assert.Equal(HistoryVerdict.Undecided, result.Verdict);
        Assert.Contains("1000 steps", result.Report, StringComparison.Ordinal);
        Assert.ThrowsAny<Exception>(() => result.AssertLinearizable("It"));
    }

    [Fact]
    public void Report_NamesTheFirstAnswerWithoutExplanation()
    {
        CheckResult result = Check(
            s_register, [Write(1, 2, "1"), Read(3, 4, "1"), Write(5, 6, "2"), Read(7, 8, "1"), Read(9, 10, "2"), Write(11, 12, "3")]);

        Assert.Equal(HistoryVerdict.NotLinearizable, result.Verdict);
        string[] lines = result.Report.Split('\n');
        Assert.StartsWith("Part 'x': answer 4 of 6 has no explanation:", lines[0], StringComparison.Ordinal);
        Assert.Contains("read x -> 1", lines[1], StringComparison.Ordinal);
        Assert.Contains(lines, l => l.Contains("write x = 2", StringComparison.Ordinal) && l.Contains("=> 2", StringComparison.Ordinal));
        Assert.DoesNotContain("write x = 3", result.Report, StringComparison.Ordinal);
    }

    private static CheckResult Check<TState, TInput, TOutput>(
        IModel<TState, TInput, TOutput> model, Operation<TInput, TOutput>[] history)
        where TState : notnull, IEquatable<TState>
        where TInput : notnull => LinearizabilityChecker.Check(model, history);

    private static void AssertCaught(CheckResult result) => Assert.Equal(HistoryVerdict.NotLinearizable, result.Verdict);

    private static void AssertLinearizable(params Operation<RegisterInput, string>[] history) =>
        Check(s_register, history).AssertLinearizable("The history");

    private static void AssertNotLinearizable(string culprit, params Operation<RegisterInput, string>[] history)
    {
        CheckResult result = Check(s_register, history);
        AssertCaught(result);
        Assert.Contains(culprit, result.Report.Split('\n')[1], StringComparison.Ordinal);
    }

    private static Operation<RegisterInput, string> Write(long start, long end, string value, string name = "x") =>
        new(0, new RegisterInput(name, value), start, string.Empty, end);

    private static Operation<RegisterInput, string> Read(long start, long end, string value, string name = "x") =>
        new(0, new RegisterInput(name, null), start, value, end);

    private static Operation<string, bool> Activate(long start, long end, bool isGranted) => new(0, "web", start, isGranted, end);

    private static Operation<CounterInput, ulong> Raise(long start, long end, ulong value, ulong before) =>
        new(0, new CounterInput("c", value), start, before, end);

    private static Operation<UpdateInput, string> Update(long start, long end, int version, bool isApplied) =>
        new(0, new UpdateInput(version), start, isApplied ? UpdateLogModel.Applied : UpdateLogModel.Refused, end);

    private static Operation<UpdateInput, string> ReadLog(long start, long end, string log) =>
        new(0, new UpdateInput(null), start, log, end);
}
