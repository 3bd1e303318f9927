using System.Security.Cryptography;
using System.Text;

namespace MarbleRun.Cli.Dashboard.Serving;

/// <summary>
/// The one browser that may use the dashboard. The link has a token that is exchanged once for a cookie, so that the link in a terminal or
/// in a browser's history is worth nothing afterwards.
/// </summary>
internal sealed class Session
{
    private readonly byte[] _token = RandomNumberGenerator.GetBytes(32);
    private readonly byte[] _cookie = RandomNumberGenerator.GetBytes(32);
    private readonly byte[] _form = RandomNumberGenerator.GetBytes(32);
    private readonly byte[] _name = RandomNumberGenerator.GetBytes(8);
    private int _isExchanged;

    /// <summary>What the link contains.</summary>
    public string Token => Convert.ToHexStringLower(_token);

    /// <summary>What the cookie contains.</summary>
    public string Cookie => Convert.ToHexStringLower(_cookie);

    /// <summary>A part of the cookie's name.</summary>
    public string Name => Convert.ToHexStringLower(_name);

    /// <summary>What every form contains. No page has it: the browser gets it once, with the cookie, and keeps it for the origin, of which
    /// the port is a part.</summary>
    public string FormToken => Convert.ToHexStringLower(_form);

    /// <summary>Takes the token of the link; only the first time.</summary>
    public bool TryExchange(string token) => IsEqual(token, Token) && Interlocked.Exchange(ref _isExchanged, 1) == 0;

    public bool IsCookie(string? cookie) => IsEqual(cookie, Cookie);

    public bool IsFormToken(string? token) => IsEqual(token, FormToken);

    private static bool IsEqual(string? given, string expected) =>
        given is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(expected));
}
