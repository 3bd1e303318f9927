using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Manifests;

/// <summary>The values of <see cref="PackageProperties.AcceptedTcbStatuses"/>.</summary>
internal static class TcbStatuses
{
    /// <summary>The statuses that a list can accept: others are refused regardless of the list.</summary>
    public static IReadOnlyList<string> Acceptable { get; } =
    [
        .. Enum.GetValues<TcbStatus>()
            .Where(status => status is not (TcbStatus.Unknown or TcbStatus.Revoked or TcbStatus.NotSupported or TcbStatus.Unrecognized))
            .Select(status => status.ToString()),
    ];
}
