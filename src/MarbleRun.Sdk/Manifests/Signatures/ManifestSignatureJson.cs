using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;

namespace MarbleRun.Manifests.Signatures;

/// <summary>
/// Reads and writes signatures as JSON. Unknown members are ignored: everything that counts is signed, so a wrong name cannot hide
/// anything.
/// </summary>
internal static class ManifestSignatureJson
{
    private const string List = "ManifestSignatures";
    private const string Key = "Key";
    private const string Fingerprint = "ManifestFingerprint";
    private const string Sequence = "Sequence";
    private const string NotAfter = "NotAfter";
    private const string Signature = "Signature";

    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    public static byte[] Write(IEnumerable<ManifestSignature> signatures)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteStartArray(List);
            foreach (ManifestSignature signature in signatures)
            {
                Write(json, signature);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    public static bool TryRead(
        ReadOnlyMemory<byte> utf8Json, out ImmutableArray<ManifestSignature> signatures, [NotNullWhen(false)] out string? fault)
    {
        signatures = [];
        if (utf8Json.Length > ManifestSignatures.MaxLength)
        {
            fault = $"A file of signatures has at most {ManifestSignatures.MaxLength} bytes, and this one has {utf8Json.Length}.";
            return false;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8Json, s_strict);
            fault = Read(document.RootElement, out signatures);
        }
        catch (JsonException exception)
        {
            fault = $"The signatures are not JSON: {exception.Message}";
        }

        return fault is null;
    }

    public static void Write(Utf8JsonWriter json, ManifestSignature signature)
    {
        json.WriteStartObject();
        json.WriteBase64String(Key, signature.Key.SubjectPublicKeyInfo.Span);
        json.WriteString(Fingerprint, signature.ManifestFingerprint);
        json.WriteNumber(Sequence, signature.Sequence);
        if (ManifestSignature.FormatTime(signature.NotAfter) is { } end)
        {
            json.WriteString(NotAfter, end);
        }

        json.WriteBase64String(Signature, signature.Signature.Span);
        json.WriteEndObject();
    }

    private static string? Read(JsonElement root, out ImmutableArray<ManifestSignature> signatures)
    {
        signatures = [];
        if (root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty(List, out JsonElement list)
            || list.ValueKind != JsonValueKind.Array)
        {
            return $"Signatures of a manifest are an object with the list {List}, as \"marblerun manifest sign\" writes it.";
        }

        if (list.GetArrayLength() > ManifestSignature.MaxCount)
        {
            return $"{List} has {list.GetArrayLength()} entries; a manifest has at most {ManifestSignature.MaxCount} signatures.";
        }

        ImmutableArray<ManifestSignature>.Builder read = ImmutableArray.CreateBuilder<ManifestSignature>(list.GetArrayLength());
        foreach (JsonElement entry in list.EnumerateArray())
        {
            if (ReadEntry(entry, out ManifestSignature? signature) is { } fault)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{List}[{read.Count}]: {fault}");
            }

            read.Add(signature!);
        }

        signatures = read.DrainToImmutable();
        return null;
    }

    private static string? ReadEntry(JsonElement entry, out ManifestSignature? signature)
    {
        signature = null;
        if (entry.ValueKind != JsonValueKind.Object)
        {
            return "It is not an object.";
        }

        if (Bytes(entry, Key) is not { } der)
        {
            return $"{Key} is missing or not base64.";
        }

        if (!OwnerKey.TryRead(der, out OwnerKey? key, out string? fault))
        {
            return $"{Key}: {fault}";
        }

        if (!entry.TryGetProperty(Sequence, out JsonElement number)
            || number.ValueKind != JsonValueKind.Number
            || !number.TryGetUInt64(out ulong sequence))
        {
            return $"{Sequence} is missing or not a whole number from 0 to {ManifestSignature.MaxSequence}.";
        }

        if (!TryReadTime(entry, out DateTimeOffset? notAfter))
        {
            return $"{NotAfter} is not a time of the form 2031-05-06T07:08:09Z.";
        }

        if (Bytes(entry, Signature) is not { } bytes)
        {
            return $"{Signature} is missing or not base64.";
        }

        try
        {
            signature = new ManifestSignature(key, Text(entry, Fingerprint) ?? string.Empty, sequence, notAfter, bytes);
            return null;
        }
        catch (ArgumentException exception)
        {
            return exception.Message;
        }
    }

    private static bool TryReadTime(JsonElement entry, out DateTimeOffset? time)
    {
        time = null;
        if (!entry.TryGetProperty(NotAfter, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return true;
        }

        bool isTime = DateTimeOffset.TryParseExact(
            Text(entry, NotAfter),
            ManifestSignature.TimeFormat,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out DateTimeOffset read);
        time = read;
        return isTime;
    }

    private static byte[]? Bytes(JsonElement entry, string name)
    {
        string text = Text(entry, name) ?? "?";
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out int length) ? bytes[..length] : null;
    }

    private static string? Text(JsonElement entry, string name)
    {
        // Half a surrogate pair is valid JSON, but not text.
        try
        {
            return entry.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
