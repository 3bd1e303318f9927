using MarbleRun.Attestation;

namespace MarbleRun.Manifests.Reading;

/// <summary>The structures of a manifest, in the order of their dependencies.</summary>
internal static class Shapes
{
    /// <summary>Numbers that have 16 bits in evidence. Higher numbers are read, so that the checks can refuse them with a reason.</summary>
    private static readonly Form<ulong?> s_securityVersion = Form.OptionalUnsigned() with { Max = ushort.MaxValue };

    private static readonly Form<ulong?> s_productId = Form.OptionalUnsigned("uint64") with { Max = ushort.MaxValue };

    public static Shape<PackageProperties> Package { get; } = new Shape<PackageProperties>("quote.PackageProperties", "PackageProperties")
        .With("Debug", Form.Flag, p => p.Debug, (p, v) => p with { Debug = v })
        .With("UniqueID", Form.Text, p => p.UniqueId ?? string.Empty, (p, v) => p with { UniqueId = EmptyAsNull(v) })
        .With("SignerID", Form.Text, p => p.SignerId ?? string.Empty, (p, v) => p with { SignerId = EmptyAsNull(v) })
        .With("ProductID", s_productId, p => p.ProductId, (p, v) => p with { ProductId = v })
        .With("SecurityVersion", s_securityVersion, p => p.SecurityVersion, (p, v) => p with { SecurityVersion = v })
        .With(
            "AcceptedTCBStatuses",
            Form.ListOf(Form.OneOf(TcbStatuses.Acceptable), isRecorded: true),
            p => p.AcceptedTcbStatuses,
            (p, v) => p with { AcceptedTcbStatuses = v })
        .With("AcceptedAdvisories", Form.Texts, p => p.AcceptedAdvisories, (p, v) => p with { AcceptedAdvisories = v })
        .With("Tdx", Form.Optional(PlatformShapes.Tdx), p => p.Tdx, (p, v) => p with { Tdx = v })
        .With("Snp", Form.Optional(PlatformShapes.Snp), p => p.Snp, (p, v) => p with { Snp = v })
        .With("Platforms", Form.Optional(PlatformShapes.Lists), p => p.Platforms, (p, v) => p with { Platforms = v });

    public static Shape<InfrastructureProperties> Infrastructure { get; } =
        new Shape<InfrastructureProperties>("quote.InfrastructureProperties", "InfrastructureProperties")
            .With("CPUSVN", Form.Bytes, i => i.CpuSvn, (i, v) => i with { CpuSvn = v })
            .With("QESVN", Form.OptionalUnsigned("uint16", ushort.MaxValue), i => i.QeSvn, (i, v) => i with { QeSvn = (ushort?)v })
            .With("PCESVN", Form.OptionalUnsigned("uint16", ushort.MaxValue), i => i.PceSvn, (i, v) => i with { PceSvn = (ushort?)v })
            .With("RootCA", Form.Bytes, i => i.RootCa, (i, v) => i with { RootCa = v });

    /// <summary>Peers read it into a structure without a name, so its members are named after the enclosing structure.</summary>
    public static Shape<FileParts> File { get; } = new Shape<FileParts>("manifest.File", "Parameters")
        .With("Data", Form.Text, f => f.Data, (f, v) => f with { Data = v })
        .With("Encoding", Form.OneOfInAnyCase(["", .. ManifestFile.Encodings]), f => f.Encoding, (f, v) => f with { Encoding = v })
        .With("NoTemplates", Form.Flag, f => f.NoTemplates, (f, v) => f with { NoTemplates = v });

    public static Shape<ParametersDefinition> Parameters { get; } = new Shape<ParametersDefinition>("manifest.Parameters", "Parameters")
        .With("Files", Form.MapOf(Form.File), p => p.Files, (p, v) => p with { Files = v })
        .With("Env", Form.MapOf(Form.File), p => p.Environment, (p, v) => p with { Environment = v })
        .With("Argv", Form.Texts, p => p.Arguments, (p, v) => p with { Arguments = v });

    public static Shape<MarbleDefinition> Marble { get; } = new Shape<MarbleDefinition>("manifest.Marble", "Marble")
        .With("Package", Form.Text, m => m.Package, (m, v) => m with { Package = v })
        .With("MaxActivations", Form.Unsigned, m => m.MaxActivations, (m, v) => m with { MaxActivations = v })
        .With("Parameters", Form.Of(Parameters), m => m.Parameters, (m, v) => m with { Parameters = v })
        .With("TLS", Form.Texts, m => m.Tls, (m, v) => m with { Tls = v })
        .With("DisableSecretBinding", Form.Flag, m => m.DisableSecretBinding, (m, v) => m with { DisableSecretBinding = v })
        .With("AllowedDNSNames", Form.OptionalTexts, m => m.AllowedDnsNames, (m, v) => m with { AllowedDnsNames = v })
        .With("PreviousPackage", Form.Text, m => m.PreviousPackage, (m, v) => m with { PreviousPackage = v });

    public static Shape<SecretDefinition> Secret { get; } = new Shape<SecretDefinition>("manifest.Secret", "Secret")
        .With("Type", Form.OneOf(SecretTypes.All), s => s.Type, (s, v) => s with { Type = v })
        .With("Size", Form.Unsigned, s => s.Size, (s, v) => s with { Size = v })
        .With("Shared", Form.Flag, s => s.Shared, (s, v) => s with { Shared = v })
        .With("UserDefined", Form.Flag, s => s.UserDefined, (s, v) => s with { UserDefined = v })
        .With("Cert", Form.Certificate, s => s.Cert, (s, v) => s with { Cert = v })
        .With("ValidFor", Form.Unsigned, s => s.ValidFor, (s, v) => s with { ValidFor = v })
        .With("Private", Form.Bytes, s => s.Private, (s, v) => s with { Private = v })
        .With("Public", Form.Bytes, s => s.Public, (s, v) => s with { Public = v });

    public static Shape<UserDefinition> User { get; } = new Shape<UserDefinition>("manifest.User", "User")
        .With("Certificate", Form.Text, u => u.Certificate, (u, v) => u with { Certificate = v })
        .With("Roles", Form.Texts, u => u.Roles, (u, v) => u with { Roles = v });

    public static Shape<RoleDefinition> Role { get; } = new Shape<RoleDefinition>("manifest.Role", "Role")
        .With("ResourceType", Form.OneOf(ResourceTypes.All), r => r.ResourceType, (r, v) => r with { ResourceType = v })
        .With("ResourceNames", Form.Texts, r => r.ResourceNames, (r, v) => r with { ResourceNames = v })
        .With(
            "Actions",
            Form.ListOf(Form.OneOfInAnyCase(RoleActions.All), isRecorded: true),
            r => r.Actions,
            (r, v) => r with { Actions = v });

    public static Shape<TlsEntry> TlsEntry { get; } = new Shape<TlsEntry>("manifest.TLSTagEntry", "TLSTagEntry")
        .With("Port", Form.Text, e => e.Port, (e, v) => e with { Port = v })
        .With("Addr", Form.Text, e => e.Addr, (e, v) => e with { Addr = v })
        .With("Cert", Form.Text, e => e.Cert, (e, v) => e with { Cert = v })
        .With("DisableClientAuth", Form.Flag, e => e.DisableClientAuth, (e, v) => e with { DisableClientAuth = v });

    public static Shape<TlsTag> TlsTag { get; } = new Shape<TlsTag>("manifest.TLStag", "TLStag")
        .With("Outgoing", Form.ListOf(Form.Of(TlsEntry)), t => t.Outgoing, (t, v) => t with { Outgoing = v })
        .With("Incoming", Form.ListOf(Form.Of(TlsEntry)), t => t.Incoming, (t, v) => t with { Incoming = v });

    public static Shape<ManifestConfig> Config { get; } = new Shape<ManifestConfig>("manifest.Config", "Config")
        .With("SealMode", Form.OneOf(["", .. SealModes.All]), c => c.SealMode, (c, v) => c with { SealMode = v })
        .With(
            "FeatureGates",
            Form.ListOf(Form.OneOfInAnyCase(FeatureGates.All), isRecorded: true),
            c => c.FeatureGates,
            (c, v) => c with { FeatureGates = v })
        .With("UpdateThreshold", Form.Unsigned, c => c.UpdateThreshold, (c, v) => c with { UpdateThreshold = v })
        .With("RecoveryThreshold", Form.Unsigned, c => c.RecoveryThreshold, (c, v) => c with { RecoveryThreshold = v })
        .With("RevocationThreshold", Form.Unsigned, c => c.RevocationThreshold, (c, v) => c with { RevocationThreshold = v })
        .With("RotateRootSecret", Form.Flag, c => c.RotateRootSecret, (c, v) => c with { RotateRootSecret = v })
        .With("TrustOverlap", Form.Text, c => c.TrustOverlap, (c, v) => c with { TrustOverlap = v })
        .With("TrustDomain", Form.Text, c => c.TrustDomain, (c, v) => c with { TrustDomain = v });

    public static Shape<Manifest> Manifest { get; } = new Shape<Manifest>("manifest.Manifest", "Manifest")
        .With("Packages", Form.MapOf(Form.Of(Package)), m => m.Packages, (m, v) => m with { Packages = v })
        .With("Infrastructures", Form.MapOf(Form.Of(Infrastructure)), m => m.Infrastructures, (m, v) => m with { Infrastructures = v })
        .With("Marbles", Form.MapOf(Form.Of(Marble)), m => m.Marbles, (m, v) => m with { Marbles = v })
        .With("Users", Form.MapOf(Form.Of(User)), m => m.Users, (m, v) => m with { Users = v })
        .With("Secrets", Form.MapOf(Form.Of(Secret)), m => m.Secrets, (m, v) => m with { Secrets = v })
        .With("RecoveryKeys", Form.MapOf(Form.Text), m => m.RecoveryKeys, (m, v) => m with { RecoveryKeys = v })
        .With("Roles", Form.MapOf(Form.Of(Role)), m => m.Roles, (m, v) => m with { Roles = v })
        .With("Config", Form.Of(Config), m => m.Config, (m, v) => m with { Config = v })
        .With("TLS", Form.MapOf(Form.Of(TlsTag)), m => m.Tls, (m, v) => m with { Tls = v })
        .With("Coordinators", Form.MapOf(Form.Of(Package)), m => m.Coordinators, (m, v) => m with { Coordinators = v })
        .WithoutEffect("$schema", Form.Anything, advice: null);

    private static string? EmptyAsNull(string text) => text.Length == 0 ? null : text;
}
