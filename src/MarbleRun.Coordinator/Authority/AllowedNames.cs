using System.Collections.Immutable;
using System.Net;

namespace MarbleRun.Coordinator.Authority;

/// <summary>
/// Checks whether a Marble may have the names that it requests (<c>AllowedDNSNames</c> of the manifest). Patterns match whole names: the
/// same number of labels, each equal ignoring case, or <c>*</c> in the pattern, which matches exactly one label.
/// </summary>
internal static class AllowedNames
{
    /// <summary>The first name that is not allowed, or null. Without patterns all names are allowed; loopback addresses are always
    /// allowed.</summary>
    public static string? FindForbidden(CertificateNames names, ImmutableArray<string>? patterns) =>
        patterns is not { } allowed
            ? null
            : names.DnsNames.FirstOrDefault(name => !allowed.Any(pattern => Matches(pattern, name)))
              ?? names.IPAddresses.FirstOrDefault(
                  address => !IPAddress.IsLoopback(address) && !allowed.Any(pattern => Is(pattern, address)))?.ToString();

    private static bool Is(string pattern, IPAddress address) =>
        IPAddress.TryParse(pattern, out IPAddress? listed) && listed.Equals(address);

    /// <summary>A requested wildcard matches many names, so only a wildcard in the pattern covers it.</summary>
    private static bool Matches(string pattern, string name)
    {
        string[] allowed = pattern.Split('.');
        string[] asked = name.Split('.');
        return allowed.Length == asked.Length
            && allowed.Zip(asked).All(
                labels => labels.First == "*" || labels.First.Equals(labels.Second, StringComparison.OrdinalIgnoreCase));
    }
}
