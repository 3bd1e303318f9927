using System.Collections.Immutable;
using System.Globalization;
using MarbleRun.Manifests.Json;

namespace MarbleRun.Manifests.Reading;

/// <summary>Values that are no structure. Each takes the value that an earlier occurrence left, which null and mismatches keep.</summary>
internal sealed partial class ManifestReader
{
    private string ReadString(JsonValue value, Place place, string current)
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

    private bool ReadBool(JsonValue value, Place place, bool current)
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

    private ulong ReadUnsigned(JsonValue value, Place place, ulong current, string type = "uint", ulong max = ulong.MaxValue)
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

        Wrong(value, place, MismatchText("number " + System.Text.Encoding.ASCII.GetString(value.Raw), place, type), $"Write a whole number from 0 to {max}.");
        return current;
    }

    private ulong? ReadOptionalUnsigned(JsonValue value, Place place, ulong? current, string type = "uint") =>
        value.Kind == JsonKind.Null ? null : IsReadable(value, place, type) ? ReadUnsigned(value, place, 0, type) : current;

    private ushort? ReadOptionalUInt16(JsonValue value, Place place, ushort? current) =>
        value.Kind == JsonKind.Null ? null : IsReadable(value, place, "uint16") ? (ushort)ReadUnsigned(value, place, 0, "uint16", ushort.MaxValue) : current;

    private bool IsReadable(JsonValue value, Place place, string type)
    {
        if (value.Kind != JsonKind.Number)
        {
            Mismatch(value, place, type);
        }

        return value.Kind == JsonKind.Number;
    }

    private ImmutableArray<string> ReadStrings(JsonValue value, Place place, ImmutableArray<string> current) =>
        ReadArray(value, place, current, "[]string", string.Empty, (item, itemPlace, text) =>
        {
            Record(item, itemPlace);
            return ReadString(item, itemPlace, text);
        });

    /// <summary>Reads an array; elements are merged onto the earlier ones of the same index.</summary>
    private ImmutableArray<T> ReadArray<T>(JsonValue value, Place place, ImmutableArray<T> current, string type, T empty, Func<JsonValue, Place, T, T> read)
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
            items.Add(read(element, place.Element(items.Count), items.Count < current.Length ? current[items.Count] : empty));
        }

        return items.ToImmutable();
    }

    /// <summary>Reads bytes: a base64 string or an array of small integers.</summary>
    private ReadOnlyMemory<byte> ReadBytes(JsonValue value, Place place, ReadOnlyMemory<byte> current)
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
                ImmutableArray<byte> items = ReadArray(value, place, [.. current.Span], "[]uint8", (byte)0, ReadByte);
                return items.AsMemory();

            default:
                Mismatch(value, place, "[]uint8");
                return current;
        }
    }

    private byte ReadByte(JsonValue value, Place place, byte current) => (byte)ReadUnsigned(value, place, current, "uint8", byte.MaxValue);
}
