using MarbleRun.Manifests.Json;

namespace MarbleRun.Manifests.Reading;

/// <summary>Secrets.</summary>
internal sealed partial class ManifestReader
{
    private SecretDefinition ReadSecret(JsonValue entry, Place entryPlace) =>
        ReadStructure(entry, entryPlace, new SecretDefinition(), Shapes.Secret, (read, name, value, place) => name switch
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
}
