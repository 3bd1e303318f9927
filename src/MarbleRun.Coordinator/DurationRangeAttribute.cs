using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;

namespace MarbleRun.Coordinator;

/// <summary>The range of an option that is a <see cref="TimeSpan"/>.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class DurationRangeAttribute : RangeAttribute
{
    /// <param name="minimum">The shortest duration, as <c>hh:mm:ss</c>.</param>
    /// <param name="maximum">The longest duration, as <c>hh:mm:ss</c> or <c>d.hh:mm:ss</c>.</param>
    [UnconditionalSuppressMessage(
        "Trimming", "IL2026", Justification = "The base library keeps the converter of TimeSpan, which is not a generic type.")]
    public DurationRangeAttribute(string minimum, string maximum)
        : base(typeof(TimeSpan), minimum, maximum)
    {
        ParseLimitsInInvariantCulture = true;
    }
}
