using System.Diagnostics.CodeAnalysis;

namespace MarbleRun.Cli.Quotes;

/// <summary>Tells the address of a service from the path of a file or folder.</summary>
internal static class CollateralAddress
{
    /// <exception cref="InputException">It is an address, but not one of a service. It is not repeated: it may hold a password.</exception>
    public static bool TryRead(string source, [NotNullWhen(true)] out Uri? address)
    {
        if (!Uri.TryCreate(source, UriKind.Absolute, out address) || address.Scheme is not ("http" or "https"))
        {
            address = null;
            return false;
        }

        return address.UserInfo.Length == 0 && address.Query.Length == 0 && address.Fragment.Length == 0
            ? true
            : throw new InputException("The URL of --collateral must have host, port and path alone: no user, query or fragment.");
    }
}
