namespace MarbleRun.Coordinator.Http;

/// <summary>Base64 with required padding (RFC 4648, 4 and 5); line breaks are skipped, everything else outside the alphabet is
/// refused.</summary>
internal sealed class StrictBase64
{
    private readonly string _alphabet;

    private StrictBase64(string lastTwo)
    {
        _alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + lastTwo;
    }

    public static StrictBase64 Standard { get; } = new("+/");

    public static StrictBase64 UrlSafe { get; } = new("-_");

    /// <param name="text">The text.</param>
    /// <param name="bytes">The decoded bytes; empty on failure.</param>
    /// <param name="offset">The position of the first invalid character.</param>
    public bool TryDecode(string text, out byte[] bytes, out int offset)
    {
        var standard = new char[text.Length];
        int length = 0;
        int padding = 0;
        bytes = [];
        for (offset = 0; offset < text.Length; offset++)
        {
            char c = text[offset];
            if (c is '\r' or '\n')
            {
                continue;
            }

            int value = _alphabet.IndexOf(c, StringComparison.Ordinal);
            bool isPadding = c == '=' && length % 4 >= 2 && padding < 2;
            if (isPadding ? false : value < 0 || padding > 0)
            {
                return false;
            }

            padding += isPadding ? 1 : 0;
            standard[length++] = value switch { 62 => '+', 63 => '/', _ => c };
        }

        if (length % 4 != 0)
        {
            return false;
        }

        bytes = Convert.FromBase64CharArray(standard, 0, length);
        return true;
    }
}
