using System.Buffers;
using System.Collections.Immutable;

namespace MarbleRun.Primitives;

/// <summary>Bytes written as hexadecimal digits; case does not matter.</summary>
internal static class HexText
{
    /// <summary>Whether a text consists of the digits of this many bytes.</summary>
    public static bool Is(string text, int bytes) => text.Length == 2 * bytes && text.All(char.IsAsciiHexDigit);

    /// <summary>Decodes a text into bytes; false unless it consists of exactly their digits.</summary>
    public static bool TryDecode(string text, Span<byte> bytes) =>
        text.Length == 2 * bytes.Length && Convert.FromHexString(text, bytes, out _, out _) == OperationStatus.Done;

    public static bool Same(string? left, string? right) => string.Equals(left, right, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether two lists have the same values equally often, in any order. A default list counts as empty.</summary>
    public static bool SameItems(ImmutableArray<string> left, ImmutableArray<string> right) =>
        Items(left).Order(StringComparer.OrdinalIgnoreCase)
            .SequenceEqual(Items(right).Order(StringComparer.OrdinalIgnoreCase), StringComparer.OrdinalIgnoreCase);

    public static int Count(ImmutableArray<string> list) => Items(list).Length;

    private static ImmutableArray<string> Items(ImmutableArray<string> list) => list.IsDefault ? [] : list;
}
