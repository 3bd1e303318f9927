using MarbleRun.Manifests.Json;

namespace MarbleRun.Manifests.Reading;

/// <summary>Secrets. The certificate's template is checked for form and kept as text.</summary>
internal sealed partial class ManifestReader
{
    private static readonly Shape s_secret = new("manifest", "Secret", "Type", "Size", "Shared", "UserDefined", "Cert", "ValidFor", "Private", "Public");

    private SecretDefinition ReadSecret(JsonValue entry, Place entryPlace) =>
        ReadStructure(entry, entryPlace, new SecretDefinition(), s_secret, (read, name, value, place) => name switch
        {
            "Type" => read with { Type = ReadString(value, place, read.Type) },
            "Size" => read with { Size = ReadUnsigned(value, place, read.Size) },
            "Shared" => read with { Shared = ReadBool(value, place, read.Shared) },
            "UserDefined" => read with { UserDefined = ReadBool(value, place, read.UserDefined) },
            "Cert" => read with { Cert = ReadCertificateTemplate(value, place) },
            "ValidFor" => read with { ValidFor = ReadUnsigned(value, place, read.ValidFor) },
            "Private" => read with { Private = ReadBytes(value, place, read.Private) },
            _ => read with { Public = ReadBytes(value, place, read.Public) },
        });

    private ReadOnlyMemory<byte> ReadCertificateTemplate(JsonValue value, Place place)
    {
        switch (value.Kind)
        {
            case JsonKind.Null:
                return default;

            case JsonKind.Object or JsonKind.String when JsonText.TryNormalize(value, out byte[] normalized):
                return normalized;

            case JsonKind.Object:
                Fatal(value, place, "certificate template is nested too deeply");
                return default;

            default:
                Fatal(value, place, MismatchText(value.KindName, place, "x509.Certificate"), "Write an object with the members of a certificate.");
                return default;
        }
    }
}
