using System.Collections.Immutable;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation.Policy;

/// <summary>Decides whether a package accepts the TCB status and advisories of a platform; the same for every platform.</summary>
internal static class TcbPolicy
{
    private static readonly ImmutableArray<string> s_defaultStatuses = [nameof(TcbStatus.SWHardeningNeeded)];

    /// <summary>The checks that a package requires.</summary>
    public static ImmutableArray<Check<CheckContext>> Checks { get; } =
    [
        new(
            new CheckRule(
                VerdictCodes.TcbStatus,
                "MarbleRun manifest, AcceptedTCBStatuses; Intel SGX PCS API, TCB info, tcbStatus",
                "Bring the platform up to date."),
            c => CheckStatus(c.Package, c.Said.TcbStatus, () => TcbParts.Of(c.Said))),
        new(
            new CheckRule(
                "tcb.advisories",
                "MarbleRun manifest, AcceptedAdvisories; Intel SGX PCS API, TCB info, advisoryIDs",
                "Update the platform, or add the advisories to the package's AcceptedAdvisories after reading that they do not affect the "
                + "code."),
            c => CheckAdvisories(c.Package, c.Said.TcbStatus, c.Said.Advisories))
        {
            When = c => !c.Package.AcceptedAdvisories.IsDefaultOrEmpty,
        },
    ];

    /// <summary>
    /// Null if the status is accepted: UpToDate always, the others only by name. A status that is revoked, unknown or not in the vendor's
    /// list is always refused.
    /// </summary>
    /// <param name="package">The package with the list.</param>
    /// <param name="status">The combined status.</param>
    /// <param name="describeParts">Describes the parts that are not up to date; returns an empty text if they are unknown.</param>
    public static CheckFailure? CheckStatus(PackageProperties package, TcbStatus status, Func<string>? describeParts = null)
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

        string parts = describeParts?.Invoke() ?? string.Empty;
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
