using System.Globalization;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.PostgreSql;

/// <summary>
/// The version of a row. The number orders the commits of one row; the random id also distinguishes rows that were deleted and made again.
/// </summary>
internal readonly record struct PostgreSqlVersion(long Number, Guid CommitId)
{
    public StateVersion ToStateVersion() => new(string.Create(CultureInfo.InvariantCulture, $"{Number}-{CommitId:N}"));

    /// <summary>False for a version that this store has not given out.</summary>
    public static bool TryParse(StateVersion version, out PostgreSqlVersion parsed)
    {
        string[] parts = (version.Value ?? string.Empty).Split('-');
        parsed = default;
        if (parts.Length != 2
            || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            || !Guid.TryParseExact(parts[1], "N", out Guid id))
        {
            return false;
        }

        parsed = new PostgreSqlVersion(number, id);
        return true;
    }
}
