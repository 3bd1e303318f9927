using System.Globalization;

namespace MarbleRun.Attestation.Checks;

/// <summary>Describes a validity period that does not include the time of verification.</summary>
internal static class Validity
{
    /// <param name="what">The description of what must be valid.</param>
    /// <param name="now">The time of verification.</param>
    /// <param name="name">What was found.</param>
    /// <param name="from">The start of the period.</param>
    /// <param name="to">The end of the period.</param>
    public static CheckFailure Failure(string what, DateTimeOffset now, string name, DateTimeOffset from, DateTimeOffset to) =>
        new(
            VerdictReason.CollateralExpired,
            string.Create(CultureInfo.InvariantCulture, $"{what} valid at {now:u}, the time of the local clock"),
            string.Create(CultureInfo.InvariantCulture, $"{name}, valid from {from:u} to {to:u}"))
        {
            Remedy = now < from
                ? "The validity begins later than the time of the local clock. Check the clock of this machine; if it is right, the clock "
                    + "of the other machine is wrong."
                : null,
        };
}
