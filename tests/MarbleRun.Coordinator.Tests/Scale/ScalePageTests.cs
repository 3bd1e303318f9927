using System.Globalization;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Scale;

/// <summary>The table of <c>docs/operations/scale.md</c> is what the formulas give.</summary>
public sealed class ScalePageTests
{
    private static readonly ScaleFormulas[] s_meshes = [new(1_000), new(10_000), new(100_000), new(1_000_000)];
    private static readonly TimeSpan s_outage = TimeSpan.FromHours(2);

    public static TheoryData<string, string> Rows => new(
    [
        Row("activations a second", m => Number(m.ActivationRate)),
        Row("renewals a second", m => Number(m.RenewalRate)),
        Row("processors used, of six", m => Percent(m.Utilisation(ScaleFormulas.Coordinators))),
        Row("of four, when one Coordinator is lost", m => Percent(m.Utilisation(ScaleFormulas.Coordinators - 1))),
        Row("streams of a Coordinator", m => Number(m.Marbles / ScaleFormulas.Coordinators)),
        Row("memory of a Coordinator", m => $"{Number(m.Memory(ScaleFormulas.Coordinators))} GiB"),
        Row("memory when one is lost", m => $"{Number(m.Memory(ScaleFormulas.Coordinators - 1))} GiB"),
        Row("all start: all processors busy for", m => Time(m.StartAll)),
        Row("an update is at all after", m => Time(m.UpdateAll)),
        Row("and all have renewed after", m => Time(m.RenewAll().Time)),
        Row("asked to come later meanwhile", m => Number(m.RenewAll().Postponed)),
        Row("renewals a second after an outage of two hours", m => Number(m.PeakAfterOutage(s_outage, ScaleFormulas.Period))),
        Row("the same in a wave", m => Number(m.PeakAfterOutage(s_outage, ScaleFormulas.Wave))),
        Row("audit records a day", m => Number((m.ActivationRate + m.RenewalRate) * TimeSpan.FromDays(1).TotalSeconds)),
        Row("audit trails, a day", m => Bytes(m.AuditVolume)),
        Row("looks at the version a second, at most", m => Number(m.Looks)),
        Row("roll-out in an hour: commits a second", m => Number(m.RollOutCommits)),
        Row("roll-out: size of the state", m => Bytes(m.State)),
        Row("roll-out: traffic of the store a second", m => Bytes(m.RollOutTraffic)),
    ]);

    [Theory]
    [MemberData(nameof(Rows))]
    public void Page_Row_IsWhatTheFormulasGive(string what, string row)
    {
        string[] page = File.ReadAllLines(Path.Combine(RepositoryFiles.Root, "docs/operations/scale.md"));

        Assert.True(page.Contains(row), $"The formulas give '{row}' for '{what}'.");
    }

    private static (string, string) Row(string what, Func<ScaleFormulas, string> compute) =>
        (what, $"| {what} | {string.Join(" | ", s_meshes.Select(compute))} |");

    /// <summary>Two digits, or all before the point.</summary>
    private static string Number(double value)
    {
        double unit = value == 0 ? 1 : Math.Pow(10, Math.Floor(Math.Log10(value)) - 1);
        double rounded = Math.Round(value / unit) * unit;
        return rounded.ToString(rounded < 1 ? "0.####" : rounded < 10 ? "0.#" : "#,0", CultureInfo.InvariantCulture);
    }

    private static string Percent(double value) => $"{Number(value * 100)} %";

    private static string Bytes(double value) => value switch
    {
        < 1e6 => $"{Number(value / 1e3)} KB",
        < 1e9 => $"{Number(value / 1e6)} MB",
        _ => $"{Number(value / 1e9)} GB",
    };

    private static string Time(TimeSpan value) => value < TimeSpan.FromMinutes(2)
        ? $"{Number(value.TotalSeconds)} s"
        : $"{Number(value.TotalMinutes)} min";
}
