using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace MarbleRun.Primitives;

/// <summary>Reads PEM (RFC 7468).</summary>
internal static class PemText
{
    /// <summary>Finds the first block; text before and after it is ignored.</summary>
    /// <param name="text">The text. Each start is searched for an end, so the work grows with the square of the length.</param>
    /// <param name="label">The label of the block, or null.</param>
    /// <param name="content">The decoded content, or null.</param>
    public static bool TryFind(string text, [NotNullWhen(true)] out string? label, [NotNullWhen(true)] out byte[]? content)
    {
        bool isFound = PemEncoding.TryFind(text, out PemFields fields);
        label = isFound ? text[fields.Label] : null;
        content = isFound ? Convert.FromBase64String(text[fields.Base64Data]) : null;
        return isFound;
    }
}
