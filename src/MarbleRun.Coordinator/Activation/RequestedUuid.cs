using MarbleRun.Identity;

namespace MarbleRun.Coordinator.Activation;

/// <summary>Reads the UUID of an activation request, with the error texts of MarbleRun 1.9.</summary>
internal static class RequestedUuid
{
    private const int UrnLength = 45;

    private const int UrnPrefixLength = 9;

    /// <param name="text">One of the forms of <see cref="MarbleUuid.TryParse"/>.</param>
    /// <param name="uuid">The UUID; never the zero UUID.</param>
    /// <param name="error">The reason of a refusal; null on success.</param>
    public static bool TryParse(string text, out Guid uuid, out string? error)
    {
        error = MarbleUuid.TryParse(text, out uuid)
            // In MarbleRun 1.9 the zero UUID requests new shared secrets, which has no use.
            ? uuid == Guid.Empty ? "the zero UUID names no Marble" : null
            : text.Length switch
            {
                32 or 36 or 38 => "invalid UUID format",
                UrnLength when text.StartsWith(MarbleUuid.UrnPrefix, StringComparison.OrdinalIgnoreCase) => "invalid UUID format",
                UrnLength => $"invalid urn prefix: \"{new string([.. text[..UrnPrefixLength].Select(c => char.IsControl(c) ? '?' : c)])}\"",
                _ => $"invalid UUID length: {text.Length}",
            };
        return error is null;
    }
}
