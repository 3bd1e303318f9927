namespace MarbleRun.Manifests.Reading;

/// <summary>The structures of a manifest, those that others hold first.</summary>
internal static class Shapes
{
    public static Shape Package { get; } = new(
        "quote.PackageProperties",
        "PackageProperties",
        new("Debug", Form.Flag),
        new("UniqueID", Form.Text),
        new("SignerID", Form.Text),
        new("ProductID", Form.Unsigned("uint64", ushort.MaxValue)),
        new("SecurityVersion", Form.Unsigned("uint", ushort.MaxValue)),
        new("AcceptedTCBStatuses", Form.ListOf(Form.OneOf(TcbStatuses.Acceptable))),
        new("AcceptedAdvisories", Form.Texts),
        new("Tdx", Form.Of(PlatformShapes.Tdx)),
        new("Snp", Form.Of(PlatformShapes.Snp)),
        new("Platforms", Form.Of(PlatformShapes.Lists)));

    public static Shape Infrastructure { get; } = new(
        "quote.InfrastructureProperties",
        "InfrastructureProperties",
        new("CPUSVN", Form.Bytes),
        new("QESVN", Form.Unsigned("uint16", ushort.MaxValue)),
        new("PCESVN", Form.Unsigned("uint16", ushort.MaxValue)),
        new("RootCA", Form.Bytes));

    /// <summary>Peers read it into a nameless structure, so that its members are named after the structure around it.</summary>
    public static Shape File { get; } = new(
        "manifest.File", "Parameters", new("Data", Form.Text), new("Encoding", Form.OneOfInAnyCase(["", .. FileEncodings.All])), new("NoTemplates", Form.Flag));

    public static Shape Parameters { get; } = new(
        "manifest.Parameters", "Parameters", new("Files", Form.MapOf(Form.File)), new("Env", Form.MapOf(Form.File)), new("Argv", Form.Texts));

    public static Shape Marble { get; } = new(
        "manifest.Marble",
        "Marble",
        new("Package", Form.Text),
        new("MaxActivations", Form.Unsigned()),
        new("Parameters", Form.Of(Parameters)),
        new("TLS", Form.Texts),
        new("DisableSecretBinding", Form.Flag),
        new("AllowedDNSNames", Form.Texts));

    public static Shape Secret { get; } = new(
        "manifest.Secret",
        "Secret",
        new("Type", Form.OneOf(SecretTypes.All)),
        new("Size", Form.Unsigned()),
        new("Shared", Form.Flag),
        new("UserDefined", Form.Flag),
        new("Cert", Form.Certificate),
        new("ValidFor", Form.Unsigned()),
        new("Private", Form.Bytes),
        new("Public", Form.Bytes));

    public static Shape User { get; } = new("manifest.User", "User", new("Certificate", Form.Text), new("Roles", Form.Texts));

    public static Shape Role { get; } = new(
        "manifest.Role",
        "Role",
        new("ResourceType", Form.OneOf(ResourceTypes.All)),
        new("ResourceNames", Form.Texts),
        new("Actions", Form.ListOf(Form.OneOfInAnyCase(RoleActions.All))));

    public static Shape TlsEntry { get; } = new(
        "manifest.TLSTagEntry", "TLSTagEntry", new("Port", Form.Text), new("Addr", Form.Text), new("Cert", Form.Text), new("DisableClientAuth", Form.Flag));

    public static Shape TlsTag { get; } = new(
        "manifest.TLStag", "TLStag", new("Outgoing", Form.ListOf(Form.Of(TlsEntry))), new("Incoming", Form.ListOf(Form.Of(TlsEntry))));

    public static Shape Config { get; } = new(
        "manifest.Config",
        "Config",
        new("SealMode", Form.OneOf(["", .. SealModes.All])),
        new("FeatureGates", Form.ListOf(Form.OneOfInAnyCase(FeatureGates.All))),
        new("UpdateThreshold", Form.Unsigned()),
        new("RecoveryThreshold", Form.Unsigned()),
        new("RotateRootSecret", Form.Flag));

    public static Shape Manifest { get; } = new(
        "manifest.Manifest",
        "Manifest",
        new("Packages", Form.MapOf(Form.Of(Package))),
        new("Infrastructures", Form.MapOf(Form.Of(Infrastructure))),
        new("Marbles", Form.MapOf(Form.Of(Marble))),
        new("Users", Form.MapOf(Form.Of(User))),
        new("Secrets", Form.MapOf(Form.Of(Secret))),
        new("RecoveryKeys", Form.MapOf(Form.Text)),
        new("Roles", Form.MapOf(Form.Of(Role))),
        new("Config", Form.Of(Config)),
        new("TLS", Form.MapOf(Form.Of(TlsTag))),
        new("$schema", Form.Anything));
}
