using System.Collections.Immutable;

namespace MarbleRun.Attestation;

/// <summary>Decides whether a platform's TCB status and advisories are good enough for a package; the same for every platform.</summary>
internal static class TcbPolicy
{
    private static readonly ImmutableArray<string> s_defaultStatuses = [nameof(TcbStatus.SWHardeningNeeded)];

    public static CheckRule Status { get; } = new(
        "tcb.status",
        "MarbleRun manifest, AcceptedTCBStatuses; Intel SGX PCS API, TCB info, tcbStatus",
        "Bring the platform up to date.");

    public static CheckRule Advisories { get; } = new(
        "tcb.advisories",
        "MarbleRun manifest, AcceptedAdvisories; Intel SGX PCS API, TCB info, advisoryIDs",
        "Update the platform, or add the advisories to the package's AcceptedAdvisories after reading that they do not affect the code.");

    /// <summary>The checks that a package asks for, in order.</summary>
    public static IEnumerable<CheckRule> Plan(PackageProperties package)
    {
        yield return Status;
        if (!package.AcceptedAdvisories.IsDefaultOrEmpty)
        {
            yield return Advisories;
        }
    }

    /// <summary>
    /// Null if the status is accepted: UpToDate always, the others only by name. What is revoked, unknown or not in the vendor's list is refused
    /// whatever the package says.
    /// </summary>
    /// <param name="package">Has the list.</param>
    /// <param name="status">The status of the whole.</param>
    /// <param name="parts">What of the platform is not up to date, in words; empty if nothing tells.</param>
    public static CheckFailure? CheckStatus(PackageProperties package, TcbStatus status, string parts = "")
    {
        ImmutableArray<string> accepted = package.AcceptedTcbStatuses.IsDefaultOrEmpty ? s_defaultStatuses : package.AcceptedTcbStatuses;
        bool isAccepted = status switch
        {
            TcbStatus.UpToDate => true,
            TcbStatus.Unknown or TcbStatus.Unrecognized or TcbStatus.Revoked or TcbStatus.NotSupported => false,
            _ => accepted.Contains(status.ToString(), StringComparer.Ordinal),
        };
        if (isAccepted)
        {
            return null;
        }

        string others = string.Join(", ", accepted.Where(s => s != nameof(TcbStatus.UpToDate)));
        string expected = others.Length == 0 ? nameof(TcbStatus.UpToDate) : $"{nameof(TcbStatus.UpToDate)} or one of [{others}]";
        return new CheckFailure(VerdictReason.TcbStatus, expected, status.ToString())
        {
            Remedy = parts.Length == 0 ? TcbRemedy.For(status) : $"Not up to date: {parts}. {TcbRemedy.For(status)}",
        };
    }

    /// <summary>Null unless the status is SWHardeningNeeded and an advisory is not in the package's list.</summary>
    public static CheckFailure? CheckAdvisories(PackageProperties package, TcbStatus status, ImmutableArray<string> advisories)
    {
        if (status != TcbStatus.SWHardeningNeeded)
        {
            return null;
        }

        string[] others = [.. advisories.Where(a => !package.AcceptedAdvisories.Contains(a, StringComparer.OrdinalIgnoreCase))];
        return others.Length == 0
            ? null
            : new CheckFailure(
                VerdictReason.TcbStatus,
                $"no advisories besides [{string.Join(", ", package.AcceptedAdvisories)}]",
                $"[{string.Join(", ", others)}]");
    }
}
