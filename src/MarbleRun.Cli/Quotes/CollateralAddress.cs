using System.Diagnostics.CodeAnalysis;

namespace MarbleRun.Cli.Quotes;

/// <summary>Distinguishes the address of a service from the path of a file or folder.</summary>
internal static class CollateralAddress
{
    /// <exception cref="InputException">It is an address, but not of a service. The message does not contain it, because it may contain a
    /// password.</exception>
    public static bool TryRead(string source, [NotNullWhen(true)] out Uri? address)
    {
        if (!Uri.TryCreate(source, UriKind.Absolute, out address) || address.Scheme is not ("http" or "https"))
        {
            address = null;
            return false;
        }

        return address.UserInfo.Length == 0 && address.Query.Length == 0 && address.Fragment.Length == 0
            ? true
            : throw new InputException("The URL of --collateral must contain only host, port and path: no user, query or fragment.");
    }
}
