using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using MarbleRun.Primitives;

namespace MarbleRun.Manifests.Checks;

/// <summary>The first block of a PEM text (RFC 7468); only this block counts.</summary>
internal static class PemBlock
{
    /// <summary>In characters. Each start is searched for an end, so the work grows with the square of the length.</summary>
    private const int MaxLength = 32 * 1024;

    public static bool TryFind(string text, [NotNullWhen(true)] out string? label, [NotNullWhen(true)] out byte[]? content)
    {
        (label, content) = (null, null);
        return text.Length <= MaxLength && PemText.TryFind(text, out label, out content);
    }

    /// <summary>Whether another block follows the first one.</summary>
    public static bool HasSecond(string text) =>
        text.Length <= MaxLength
        && PemEncoding.TryFind(text, out PemFields first)
        && PemEncoding.TryFind(text.AsSpan()[first.Location.End..], out _);
}
