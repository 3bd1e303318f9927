using System.Text;
using MarbleRun.Manifests.Json;

namespace MarbleRun.Manifests.Reading;

/// <summary>Marbles, their parameters and files.</summary>
internal sealed partial class ManifestReader
{
    private MarbleDefinition ReadMarble(JsonValue entry, Place entryPlace) =>
        ReadStructure(entry, entryPlace, new MarbleDefinition(), Shapes.Marble, (read, name, value, place) => name switch
        {
            "Package" => read with { Package = ReadString(value, place, read.Package) },
            "MaxActivations" => read with { MaxActivations = ReadUnsigned(value, place, read.MaxActivations) },
            "Parameters" => read with { Parameters = ReadParameters(value, place, read.Parameters) },
            "TLS" => read with { Tls = ReadStrings(value, place, read.Tls) },
            "AllowedDNSNames" => read with { AllowedDnsNames = value.Kind == JsonKind.Null ? read.AllowedDnsNames : ReadStrings(value, place, read.AllowedDnsNames ?? []) },
            _ => read with { DisableSecretBinding = ReadBool(value, place, read.DisableSecretBinding) },
        });

    private ParametersDefinition ReadParameters(JsonValue parameters, Place parametersPlace, ParametersDefinition current) =>
        ReadStructure(parameters, parametersPlace, current, Shapes.Parameters, (read, name, value, place) => name switch
        {
            "Files" => read with { Files = ReadMap(value, place, read.Files, Shapes.File.MapType, ReadFile) },
            "Env" => read with { Environment = ReadMap(value, place, read.Environment, Shapes.File.MapType, ReadFile) },
            _ => read with { Arguments = ReadStrings(value, place, read.Arguments) },
        });

    private ManifestFile ReadFile(JsonValue value, Place place)
    {
        switch (value.Kind)
        {
            case JsonKind.String:
                return new ManifestFile { Data = Encoding.UTF8.GetBytes(value.GetString()) };

            case JsonKind.Object:
                return ReadFileObject(value, place);

            case JsonKind.Null:
                // The words are a formatting slip of peers; it is kept because it is on the wire.
                Fatal(value, place, "got: %!t(<nil>), expected: string or interface", "Write a string, or an object with Data, Encoding and NoTemplates.");
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
        var (data, encoding, noTemplates) = (string.Empty, string.Empty, false);
        int mismatches = _mismatches.Count;
        ReadStructure(file, filePlace, 0, Shapes.File, (_, name, value, place) =>
        {
            switch (name)
            {
                case "Data":
                    data = ReadString(value, place, data);
                    break;
                case "Encoding":
                    encoding = ReadString(value, place, encoding);
                    break;
                default:
                    noTemplates = ReadBool(value, place, noTemplates);
                    break;
            }

            return 0;
        });

        MakeFatal(mismatches);
        return new ManifestFile { Data = Decode(file, filePlace, data, encoding), Encoding = encoding, NoTemplates = noTemplates };
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
                Fatal(value, place, $"unknown encoding type: {encoding}", Spelling.Suggest(encoding, FileEncodings.All) ?? "Write string, base64 or hex.");
                break;
        }

        if (fault is not null)
        {
            Fatal(value, place, fault, $"Data is not {encoding}, as Encoding says.");
        }

        return bytes;
    }
}
