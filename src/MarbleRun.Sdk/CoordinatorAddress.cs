using System.Diagnostics.CodeAnalysis;

namespace MarbleRun;

/// <summary>Reads the forms of a Coordinator address in configuration.</summary>
internal static class CoordinatorAddress
{
    private const string Scheme = "https://";

    /// <summary>Reads <c>host:port</c> or <c>https://host:port</c>, with nothing after the port.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Uri? address)
    {
        address = null;
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        string authority = text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? text[Scheme.Length..] : text;
        authority = authority.EndsWith('/') ? authority[..^1] : authority;
        int colon = authority.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(authority.AsSpan(colon + 1), out ushort port) || port == 0)
        {
            return false;
        }

        return Uri.TryCreate(Scheme + authority, UriKind.Absolute, out address)
            && address.AbsolutePath == "/"
            && address.Query.Length == 0
            && address.Fragment.Length == 0
            && address.UserInfo.Length == 0
            && address.Port == port;
    }
}
