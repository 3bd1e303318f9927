namespace MarbleRun.Coordinator.Tests.Scale;

public sealed class MeshWeekTests
{
    private const int Marbles = 100_000;
    private const int Updates = 2;

    private static readonly TimeSpan s_outage = TimeSpan.FromHours(2);
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    private readonly ScaleFormulas _formulas = new(Marbles);

    /// <summary>
    /// Marbles start within half a day, and a tenth of them again on each day; two updates; no Coordinator for two hours, once while
    /// renewals are spread evenly and once in the wave that follows an update; one Coordinator is lost for half a day.
    /// </summary>
    [Fact]
    public async Task HundredThousandMarbles_AWeek_CountsAgreeWithTheFormulas()
    {
        TimeSpan evenOutage = 36 * s_hour;
        TimeSpan update = 72 * s_hour;
        TimeSpan waveOutage = update + (11 * s_hour);
        var week = new MeshWeek(Marbles, seed: 17);
        week.Start(ScaleFormulas.Period);
        week.StartAgain();
        week.Lose(evenOutage, s_outage, ScaleFormulas.Coordinators);
        week.Update(update);
        week.Lose(waveOutage, s_outage, ScaleFormulas.Coordinators);
        week.Update(120 * s_hour);
        week.Lose(144 * s_hour, ScaleFormulas.Period, coordinators: 1);

        // Without the context of the test, to which each wait for a turn would return.
        await Task.Run(week.RunAsync, TestContext.Current.CancellationToken);

        double evenPeak = week.FindPeak(evenOutage + s_outage, s_hour);
        double wavePeak = week.FindPeak(waveOutage + s_outage, s_hour);
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{week.Activations} activations, {week.Renewals} renewals, {week.Postponed} times asked to come later, {week.Failed} attempts "
            + $"without a Coordinator, {week.Commits} commits, {week.AuditRecords} audit records; {evenPeak:0.0} and {wavePeak:0.0} "
            + "renewals a second after the outages.");
        Assert.Equal(0, week.Ended);
        AssertAbout(_formulas.Activations(MeshWeek.Duration), week.Activations, 0.01);
        AssertAbout(_formulas.Renewals(MeshWeek.Duration, Updates), week.Renewals, 0.03);
        AssertAbout(_formulas.Commits(MeshWeek.Duration, Updates), week.Commits, 0.03);
        AssertAbout(_formulas.AuditRecords(MeshWeek.Duration, Updates), week.AuditRecords, 0.03);
        AssertAbout(Updates * _formulas.RenewAll().Postponed, week.Postponed, 0.03);
        AssertAbout(_formulas.PeakAfterOutage(s_outage, ScaleFormulas.Period), evenPeak, 0.06);
        AssertAbout(_formulas.PeakAfterOutage(s_outage, ScaleFormulas.Wave), wavePeak, 0.06);
    }

    private static void AssertAbout(double expected, double actual, double part) =>
        Assert.InRange(actual, expected * (1 - part), expected * (1 + part));
}
