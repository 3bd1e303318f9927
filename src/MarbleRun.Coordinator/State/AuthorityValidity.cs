using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.Diagnostics;

namespace MarbleRun.Coordinator.State;

/// <summary>
/// Whether the authority's own certificates are valid by the clock of this machine. Where they are not, no peer accepts what is issued
/// under them.
/// </summary>
internal sealed class AuthorityValidity(CurrentState current, TimeProvider timeProvider) : IActivationObstacle
{
    public string? Find()
    {
        CoordinatorState state = current.Value;
        return FindFault("root certificate", state.Authority.Root) ?? FindFault("intermediate certificate", state.Authority.Intermediate);
    }

    private string? FindFault(string name, X509Certificate2 certificate)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        string? fault = now < certificate.NotBefore.ToUniversalTime() ? "is not valid yet"
            : now > certificate.NotAfter.ToUniversalTime() ? "is not valid any more"
            : null;
        return fault is null
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"the {name} {fault}: it is valid from {certificate.NotBefore.ToUniversalTime():u} to "
                + $"{certificate.NotAfter.ToUniversalTime():u}, and the clock of this machine says {now:u}; set the clock right, if it is "
                + $"wrong");
    }
}
