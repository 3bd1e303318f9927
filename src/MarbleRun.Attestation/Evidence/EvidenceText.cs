using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using MarbleRun.Attestation.Collateral;

namespace MarbleRun.Attestation.Evidence;

/// <summary>Evidence as text.</summary>
internal static class EvidenceText
{
    private const int LongestNameTold = 40;
    private const int MostNamesTold = 8;

    /// <summary>Decodes text.</summary>
    public static bool TryDecode(
        ReadOnlyMemory<byte> content,
        out EvidenceForm form,
        [NotNullWhen(true)] out byte[]? evidence,
        [NotNullWhen(false)] out string? fault)
    {
        ReadOnlyMemory<byte> text = TextForm.Trim(content);
        form = EvidenceForm.Unknown;
        evidence = null;
        switch (TextForm.Describe(text.Span))
        {
            case "PEM text":
                form = EvidenceForm.Pem;
                return TryDecodePem(text.Span, out evidence, out fault);
            case "JSON text":
                form = EvidenceForm.Json;
                return TryDecodeJson(text, out evidence, out fault);
            case "hexadecimal text":
                form = EvidenceForm.Hex;
                evidence = DecodeHex(text.Span);
                fault = evidence is null ? "It is hexadecimal text of an odd number of digits: a part of it is missing." : null;
                return evidence is not null;
            case "base64 text":
                form = EvidenceForm.Base64;
                evidence = DecodeBase64(text.Span);
                fault = evidence is null
                    ? "It is base64 text that can't be decoded: a part of it is missing, or it is something else."
                    : null;
                return evidence is not null;
            default:
                fault = "It is text, but neither hexadecimal, base64, PEM nor the JSON answer of a Coordinator. Give the evidence in one "
                    + "of these forms, or binary (a dump with offsets becomes binary by xxd -r).";
                return false;
        }
    }

    private static bool TryDecodePem(
        ReadOnlySpan<byte> text, [NotNullWhen(true)] out byte[]? evidence, [NotNullWhen(false)] out string? fault)
    {
        evidence = null;
        ReadOnlySpan<byte> rest = text["-----BEGIN "u8.Length..];
        int label = rest.IndexOf("-----"u8);
        ReadOnlySpan<byte> body = label < 0 ? [] : rest[(label + 5)..];
        int end = body.IndexOf("-----END "u8);
        if (end < 0)
        {
            fault = "It begins as PEM, but the block has no end: a part of it is missing.";
            return false;
        }

        string name = Encoding.ASCII.GetString(rest[..Math.Min(label, LongestNameTold)]);
        if (name.EndsWith("CERTIFICATE", StringComparison.Ordinal) || name.EndsWith("KEY", StringComparison.Ordinal))
        {
            fault = $"It is PEM of a {name}, not of evidence. Give the quote or report.";
            return false;
        }

        evidence = DecodeBase64(body[..end]);
        fault = evidence is null ? $"It is PEM of a {name}, whose base64 can't be decoded." : null;
        return evidence is not null;
    }

    private static bool TryDecodeJson(
        ReadOnlyMemory<byte> text, [NotNullWhen(true)] out byte[]? evidence, [NotNullWhen(false)] out string? fault)
    {
        evidence = null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, CollateralJson.Strict);
            JsonElement root = document.RootElement;
            JsonElement holder = root.TryGetProperty("data", out JsonElement data) && data.ValueKind == JsonValueKind.Object ? data : root;
            if (!holder.TryGetProperty("quote", out JsonElement quote) && !holder.TryGetProperty("Quote", out quote))
            {
                string[] names = [.. root.EnumerateObject()
                    .Take(MostNamesTold)
                    .Select(m => m.Name.Length <= LongestNameTold ? m.Name : m.Name[..LongestNameTold])];
                fault = "It is JSON without the member quote, which a Coordinator's answer to GET /api/v2/quote has"
                    + (names.Length == 0 ? "." : $", but with {string.Join(", ", names)}.")
                    + " Give the evidence itself, binary, hexadecimal or base64.";
                return false;
            }

            if (quote.ValueKind == JsonValueKind.Null)
            {
                fault = "It is the answer of a Coordinator that has no quote: it runs in the simulation of MarbleRun 1.9.";
                return false;
            }

            evidence = quote.ValueKind == JsonValueKind.String ? DecodeBase64(Encoding.UTF8.GetBytes(quote.GetString()!)) : null;
            fault = evidence is null ? "It is JSON whose member quote is not base64." : null;
            return evidence is not null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            fault = $"It begins as JSON, but can't be read: {exception.Message}";
            return false;
        }
    }

    private static byte[]? DecodeHex(ReadOnlySpan<byte> text)
    {
        byte[] digits = TextForm.WithoutSpaces(text.StartsWith("0x"u8) ? text[2..] : text);
        var bytes = new byte[digits.Length / 2];
        return Convert.FromHexString(digits, bytes, out _, out _) == OperationStatus.Done ? bytes : null;
    }

    private static byte[]? DecodeBase64(ReadOnlySpan<byte> text)
    {
        // Base64url without padding is a form of the same digits.
        byte[] digits = TextForm.WithoutSpaces(text);
        int length = digits.AsSpan().TrimEnd((byte)'=').Length;
        for (int i = 0; i < length; i++)
        {
            digits[i] = digits[i] switch { (byte)'-' => (byte)'+', (byte)'_' => (byte)'/', byte digit => digit };
        }

        byte[] padded = [.. digits.AsSpan(0, length), .. "==="u8[..((4 - (length % 4)) % 4)]];
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(padded.Length)];
        return length > 0 && Base64.DecodeFromUtf8(padded, bytes, out _, out int written) == OperationStatus.Done ? bytes[..written] : null;
    }
}
