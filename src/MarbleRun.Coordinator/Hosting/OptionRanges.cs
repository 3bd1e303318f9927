using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>Checks the ranges that options declare with <see cref="RangeAttribute"/>.</summary>
internal static class OptionRanges
{
    private static readonly (TimeSpan Length, string Name)[] s_units =
    [
        (TimeSpan.FromDays(1), "day"),
        (TimeSpan.FromHours(1), "hour"),
        (TimeSpan.FromMinutes(1), "minute"),
        (TimeSpan.FromSeconds(1), "second"),
    ];

    /// <summary>For each option outside its range: its name, and the rule that it breaks.</summary>
    public static IEnumerable<(string Member, string Rule)> FindFaults<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] TOptions>(TOptions options) =>
        from property in typeof(TOptions).GetProperties()
        let range = property.GetCustomAttribute<RangeAttribute>()
        where range is not null && !range.IsValid(property.GetValue(options))
        select (property.Name, $"must be from {Spell(range.Minimum)} to {Spell(range.Maximum)}{UnitOf(property.Name)}");

    private static string Spell(object limit) =>
        limit is TimeSpan time ? Spell(time) : Convert.ToString(limit, CultureInfo.InvariantCulture)!;

    private static string Spell(TimeSpan time)
    {
        (TimeSpan length, string name) = s_units.First(unit => time.Ticks % unit.Length.Ticks == 0);
        long number = time.Ticks / length.Ticks;
        return string.Create(CultureInfo.InvariantCulture, $"{number} {name}{(number == 1 ? string.Empty : "s")}");
    }

    private static string UnitOf(string member) =>
        member.EndsWith("Size", StringComparison.Ordinal) || member.Contains("Bytes", StringComparison.Ordinal) ? " bytes" : string.Empty;
}
