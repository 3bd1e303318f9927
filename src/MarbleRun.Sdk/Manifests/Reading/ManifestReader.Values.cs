using System.Collections.Immutable;
using System.Globalization;
using MarbleRun.Manifests.Json;

namespace MarbleRun.Manifests.Reading;

/// <summary>Reads values that are not structures. Each gets the value of an earlier occurrence, which null and mismatches keep.</summary>
internal sealed partial class ManifestReader
{
    private const string BitsPrefix = "0x";

    public string ReadString(JsonValue value, Place place, string current)
    {
        if (value.Kind == JsonKind.String)
        {
            return value.GetString();
        }

        if (value.Kind != JsonKind.Null)
        {
            Mismatch(value, place, "string");
        }

        return current;
    }

    public bool ReadBool(JsonValue value, Place place, bool current)
    {
        switch (value.Kind)
        {
            case JsonKind.True:
                return true;
            case JsonKind.False:
                return false;
            case JsonKind.Null:
                return current;
            default:
                Mismatch(value, place, "bool");
                return current;
        }
    }

    public ulong ReadUnsigned(JsonValue value, Place place, ulong current, string type = "uint", ulong max = ulong.MaxValue)
    {
        if (value.Kind != JsonKind.Number)
        {
            if (value.Kind != JsonKind.Null)
            {
                Mismatch(value, place, type);
            }

            return current;
        }

        if (ulong.TryParse(value.Raw, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) && number <= max)
        {
            return number;
        }

        Wrong(
            value,
            place,
            MismatchText("number " + System.Text.Encoding.ASCII.GetString(value.Raw), place, type),
            $"Use a whole number from 0 to {max}.");
        return current;
    }

    /// <summary>Null makes the number absent.</summary>
    public ulong? ReadOptionalUnsigned(JsonValue value, Place place, ulong? current, string type, ulong max)
    {
        switch (value.Kind)
        {
            case JsonKind.Null:
                return null;
            case JsonKind.Number:
                return ReadUnsigned(value, place, 0, type, max);
            default:
                Mismatch(value, place, type);
                return current;
        }
    }

    /// <summary>Reads a string; an empty string is kept, so that the checks can refuse it: it must not be treated as absent.</summary>
    public string? ReadOptionalString(JsonValue value, Place place, string? current) =>
        value.Kind == JsonKind.Null ? current : ReadString(value, place, current ?? string.Empty);

    /// <summary>Reads 64 bits written as <c>0x</c> and up to 16 hexadecimal digits; many programs lose bits of JSON numbers.</summary>
    public ulong ReadBits(JsonValue value, Place place, ulong current)
    {
        string text = ReadString(value, place, string.Empty);
        if (value.Kind != JsonKind.String)
        {
            return current;
        }

        if (text.StartsWith(BitsPrefix, StringComparison.OrdinalIgnoreCase)
            && ulong.TryParse(text.AsSpan(BitsPrefix.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong bits))
        {
            return bits;
        }

        Wrong(
            value,
            place,
            "the value does not consist of 0x and up to 16 hexadecimal digits",
            "Write the bits as text, for instance \"0x20000\".");
        return current;
    }

    /// <summary>Reads one of a few words, without regard to case, and returns its index; -1, with an error, for any other word.</summary>
    public int ReadWord(JsonValue value, Place place, string[] words)
    {
        if (value.Kind != JsonKind.String)
        {
            Mismatch(value, place, "string");
            return -1;
        }

        string text = value.GetString();
        int index = Array.FindIndex(words, word => word.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (index < 0)
        {
            Wrong(value, place, $"unknown value {text}", Spelling.Suggest(text, words) ?? $"Write one of: {string.Join(", ", words)}.");
        }

        return index;
    }

    /// <summary>Reads an array; elements are merged into the earlier ones of the same index.</summary>
    public ImmutableArray<T> ReadArray<T>(
        JsonValue value, Place place, ImmutableArray<T> current, string type, Form<T> inner, bool isRecorded = false)
    {
        if (value.Kind == JsonKind.Null)
        {
            return [];
        }

        if (value.Kind != JsonKind.Array)
        {
            Mismatch(value, place, type);
            return current;
        }

        ImmutableArray<T>.Builder items = ImmutableArray.CreateBuilder<T>();
        foreach (JsonValue element in value.Elements())
        {
            Place elementPlace = place.Element(items.Count);
            if (isRecorded)
            {
                Record(element, elementPlace);
            }

            items.Add(inner.Read(this, element, elementPlace, items.Count < current.Length ? current[items.Count] : inner.Empty));
        }

        return items.ToImmutable();
    }

    /// <summary>Reads bytes: a base64 string or an array of small integers.</summary>
    public ReadOnlyMemory<byte> ReadBytes(JsonValue value, Place place, ReadOnlyMemory<byte> current)
    {
        switch (value.Kind)
        {
            case JsonKind.Null:
                return default;

            case JsonKind.String:
                if (PeerEncodings.TryDecodeBase64(value.GetString(), out byte[] bytes, out string? fault))
                {
                    return bytes;
                }

                Wrong(value, place, fault, "Write standard base64 with padding.");
                return current;

            case JsonKind.Array:
                ImmutableArray<byte> items = ReadArray(value, place, [.. current.Span], "[]uint8", Form.Byte);
                return items.AsMemory();

            default:
                Mismatch(value, place, "[]uint8");
                return current;
        }
    }

    public byte ReadByte(JsonValue value, Place place, byte current) => (byte)ReadUnsigned(value, place, current, "uint8", byte.MaxValue);
}
