using MarbleRun.Attestation;
using MarbleRun.Manifests.Json;

namespace MarbleRun.Manifests.Reading;

/// <summary>The whole, and the sections that are short.</summary>
internal sealed partial class ManifestReader
{
    private Manifest ReadManifest(JsonValue root) => ReadStructure(root, Place.Root, new Manifest(), Shapes.Manifest, (read, name, value, place) => name switch
    {
        "Packages" => read with { Packages = ReadMap(value, place, read.Packages, Shapes.Package.MapType, ReadPackage) },
        "Infrastructures" => read with { Infrastructures = ReadMap(value, place, read.Infrastructures, Shapes.Infrastructure.MapType, ReadInfrastructure) },
        "Marbles" => read with { Marbles = ReadMap(value, place, read.Marbles, Shapes.Marble.MapType, ReadMarble) },
        "Users" => read with { Users = ReadMap(value, place, read.Users, Shapes.User.MapType, ReadUser) },
        "Secrets" => read with { Secrets = ReadMap(value, place, read.Secrets, Shapes.Secret.MapType, ReadSecret) },
        "RecoveryKeys" => read with { RecoveryKeys = ReadMap(value, place, read.RecoveryKeys, "map[string]string", (v, p) => ReadString(v, p, string.Empty)) },
        "Roles" => read with { Roles = ReadMap(value, place, read.Roles, Shapes.Role.MapType, ReadRole) },
        "TLS" => read with { Tls = ReadMap(value, place, read.Tls, Shapes.TlsTag.MapType, ReadTlsTag) },
        "Config" => read with { Config = ReadConfig(value, place, read.Config) },
        _ => read,
    });

    private PackageProperties ReadPackage(JsonValue entry, Place entryPlace) =>
        ReadStructure(entry, entryPlace, new PackageProperties(), Shapes.Package, (read, name, value, place) => name switch
        {
            "Debug" => read with { Debug = ReadBool(value, place, read.Debug) },
            "UniqueID" => read with { UniqueId = EmptyAsNull(ReadString(value, place, read.UniqueId ?? string.Empty)) },
            "SignerID" => read with { SignerId = EmptyAsNull(ReadString(value, place, read.SignerId ?? string.Empty)) },
            "ProductID" => read with { ProductId = ReadOptionalUnsigned(value, place, read.ProductId, "uint64") },
            "SecurityVersion" => read with { SecurityVersion = ReadOptionalUnsigned(value, place, read.SecurityVersion) },
            "AcceptedTCBStatuses" => read with { AcceptedTcbStatuses = ReadStrings(value, place, read.AcceptedTcbStatuses) },
            "AcceptedAdvisories" => read with { AcceptedAdvisories = ReadStrings(value, place, read.AcceptedAdvisories) },
            "Tdx" => read with { Tdx = ReadTdx(value, place, read.Tdx) },
            "Snp" => read with { Snp = ReadSnp(value, place, read.Snp) },
            _ => read with { Platforms = ReadPlatforms(value, place, read.Platforms) },
        });

    private InfrastructureProperties ReadInfrastructure(JsonValue entry, Place entryPlace) =>
        ReadStructure(entry, entryPlace, new InfrastructureProperties(), Shapes.Infrastructure, (read, name, value, place) => name switch
        {
            "CPUSVN" => read with { CpuSvn = ReadBytes(value, place, read.CpuSvn) },
            "QESVN" => read with { QeSvn = ReadOptionalUInt16(value, place, read.QeSvn) },
            "PCESVN" => read with { PceSvn = ReadOptionalUInt16(value, place, read.PceSvn) },
            _ => read with { RootCa = ReadBytes(value, place, read.RootCa) },
        });

    private UserDefinition ReadUser(JsonValue entry, Place entryPlace) =>
        ReadStructure(entry, entryPlace, new UserDefinition(), Shapes.User, (read, name, value, place) => name switch
        {
            "Certificate" => read with { Certificate = ReadString(value, place, read.Certificate) },
            _ => read with { Roles = ReadStrings(value, place, read.Roles) },
        });

    private RoleDefinition ReadRole(JsonValue entry, Place entryPlace) =>
        ReadStructure(entry, entryPlace, new RoleDefinition(), Shapes.Role, (read, name, value, place) => name switch
        {
            "ResourceType" => read with { ResourceType = ReadString(value, place, read.ResourceType) },
            "ResourceNames" => read with { ResourceNames = ReadStrings(value, place, read.ResourceNames) },
            _ => read with { Actions = ReadStrings(value, place, read.Actions) },
        });

    private ManifestConfig ReadConfig(JsonValue config, Place configPlace, ManifestConfig current) =>
        ReadStructure(config, configPlace, current, Shapes.Config, (read, name, value, place) => name switch
        {
            "SealMode" => read with { SealMode = ReadString(value, place, read.SealMode) },
            "FeatureGates" => read with { FeatureGates = ReadStrings(value, place, read.FeatureGates) },
            "UpdateThreshold" => read with { UpdateThreshold = ReadUnsigned(value, place, read.UpdateThreshold) },
            "RecoveryThreshold" => read with { RecoveryThreshold = ReadUnsigned(value, place, read.RecoveryThreshold) },
            _ => read with { RotateRootSecret = ReadBool(value, place, read.RotateRootSecret) },
        });

    private TlsTag ReadTlsTag(JsonValue entry, Place entryPlace) =>
        ReadStructure(entry, entryPlace, new TlsTag(), Shapes.TlsTag, (read, name, value, place) => name switch
        {
            "Outgoing" => read with { Outgoing = ReadArray(value, place, read.Outgoing, Shapes.TlsEntry.ListType, new TlsEntry(), ReadTlsEntry) },
            _ => read with { Incoming = ReadArray(value, place, read.Incoming, Shapes.TlsEntry.ListType, new TlsEntry(), ReadTlsEntry) },
        });

    private TlsEntry ReadTlsEntry(JsonValue entry, Place entryPlace, TlsEntry current) =>
        ReadStructure(entry, entryPlace, current, Shapes.TlsEntry, (read, name, value, place) => name switch
        {
            "Port" => read with { Port = ReadString(value, place, read.Port) },
            "Addr" => read with { Addr = ReadString(value, place, read.Addr) },
            "Cert" => read with { Cert = ReadString(value, place, read.Cert) },
            _ => read with { DisableClientAuth = ReadBool(value, place, read.DisableClientAuth) },
        });

    private static string? EmptyAsNull(string text) => text.Length == 0 ? null : text;
}
