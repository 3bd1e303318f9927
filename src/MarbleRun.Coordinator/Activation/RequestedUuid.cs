namespace MarbleRun.Coordinator.Activation;

/// <summary>Reads the UUID of an activation request in all four forms of MarbleRun 1.9, with its error texts.</summary>
internal static class MarbleUuid
{
    private const string UrnPrefix = "urn:uuid:";

    /// <param name="text">36 characters with hyphens, 32 without, 38 in braces, or 45 with <c>urn:uuid:</c>.</param>
    /// <param name="uuid">The UUID; never the zero UUID.</param>
    /// <param name="error">Why the text is refused; null on success.</param>
    public static bool TryParse(string text, out Guid uuid, out string? error)
    {
        uuid = Guid.Empty;
        string? digits = text.Length switch
        {
            36 => text,
            32 => text,
            38 => text[1..^1],
            45 when text.StartsWith(UrnPrefix, StringComparison.OrdinalIgnoreCase) => text[UrnPrefix.Length..],
            _ => null,
        };
        error = digits is not null ? null
            : text.Length == 45 ? $"invalid urn prefix: \"{new string([.. text[..UrnPrefix.Length].Select(c => char.IsControl(c) ? '?' : c)])}\""
            : $"invalid UUID length: {text.Length}";
        if (digits is null)
        {
            return false;
        }

        if (!Guid.TryParseExact(digits, digits.Length == 32 ? "N" : "D", out uuid))
        {
            error = "invalid UUID format";
        }
        else if (uuid == Guid.Empty)
        {
            // With MarbleRun 1.9 it stands for "make me new shared secrets", which nobody ever wants.
            error = "the zero UUID names no Marble";
        }

        return error is null;
    }
}
