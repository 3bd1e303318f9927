using System.Globalization;

namespace MarbleRun.Attestation.Checks;

/// <summary>Words for what is not valid at the time of verification: both times, and whose clock told one of them.</summary>
internal static class Validity
{
    /// <param name="what">What must be valid, in words.</param>
    /// <param name="now">The time of verification.</param>
    /// <param name="name">What was found.</param>
    /// <param name="from">Its first moment.</param>
    /// <param name="to">Its last one.</param>
    public static CheckFailure Failure(string what, DateTimeOffset now, string name, DateTimeOffset from, DateTimeOffset to) =>
        new(
            VerdictReason.CollateralExpired,
            string.Create(CultureInfo.InvariantCulture, $"{what} valid at {now:u}, the time of the local clock"),
            string.Create(CultureInfo.InvariantCulture, $"{name}, valid from {from:u} to {to:u}"))
        {
            Remedy = now < from
                ? "It begins later than the local clock says. Compare the clock of this machine with another one; if it is right, the "
                + "other machine's is wrong."
                : null,
        };
}
