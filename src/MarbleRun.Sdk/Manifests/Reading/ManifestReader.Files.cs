using System.Text;
using MarbleRun.Manifests.Json;

namespace MarbleRun.Manifests.Reading;

/// <summary>Reads files and variables of Marbles: a text, or a structure that specifies the encoding of the text.</summary>
internal sealed partial class ManifestReader
{
    public ManifestFile ReadFile(JsonValue value, Place place)
    {
        switch (value.Kind)
        {
            case JsonKind.String:
                return new ManifestFile { Data = Encoding.UTF8.GetBytes(value.GetString()) };

            case JsonKind.Object:
                return ReadFileObject(value, place);

            case JsonKind.Null:
                // The text comes from a formatting error of peers; it is kept because it is on the wire.
                Fatal(
                    value,
                    place,
                    "got: %!t(<nil>), expected: string or interface",
                    "Write a string, or an object with Data, Encoding and NoTemplates.");
                return new ManifestFile();

            default:
                Fatal(
                    value,
                    place,
                    MismatchText(value.KindName, place, "struct { Data string; Encoding string; NoTemplates bool }"),
                    "Write a string, or an object with Data, Encoding and NoTemplates.");
                return new ManifestFile();
        }
    }

    private ManifestFile ReadFileObject(JsonValue file, Place filePlace)
    {
        int mismatches = _mismatches.Count;
        FileParts parts = ReadStructure(file, filePlace, new FileParts(), Shapes.File);
        MakeFatal(mismatches);
        return new ManifestFile
        {
            Data = Decode(file, filePlace, parts.Data, parts.Encoding),
            Encoding = parts.Encoding,
            NoTemplates = parts.NoTemplates,
        };
    }

    private byte[] Decode(JsonValue value, Place place, string data, string encoding)
    {
        byte[] bytes = [];
        string? fault = null;
        switch (encoding.ToUpperInvariant())
        {
            case "" or "STRING":
                return Encoding.UTF8.GetBytes(data);

            case "BASE64":
                _ = PeerEncodings.TryDecodeBase64(data, out bytes, out fault);
                break;

            case "HEX":
                _ = PeerEncodings.TryDecodeHex(data, out bytes, out fault);
                break;

            default:
                Fatal(
                    value,
                    place,
                    $"unknown encoding type: {encoding}",
                    Spelling.Suggest(encoding, ManifestFile.Encodings) ?? "Write string, base64 or hex.");
                break;
        }

        if (fault is not null)
        {
            Fatal(value, place, fault, $"Data is not {encoding}, which Encoding specifies.");
        }

        return bytes;
    }
}

/// <summary>The structure of a file as it is written, before its data is decoded.</summary>
internal sealed record FileParts
{
    public string Data { get; init; } = string.Empty;

    public string Encoding { get; init; } = string.Empty;

    public bool NoTemplates { get; init; }
}
