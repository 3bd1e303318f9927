namespace MarbleRun.Manifests.Reading;

/// <summary>The members of certificates' templates.</summary>
internal static class CertificateShapes
{
    /// <summary>Texts of errors name the structure that the manifest defines, not those inside the certificate.</summary>
    private const string Owner = "Secret";

    private const string AlwaysSet = "Remove it; the Coordinator sets it.";

    private static readonly Form s_oid = Form.ListOf(Form.Integer("int")) with { Type = "asn1.ObjectIdentifier" };

    private static readonly Shape s_attribute = new("pkix.AttributeTypeAndValue", Owner, new("Type", s_oid), new("Value", Form.Anything));

    private static readonly Shape s_extension =
        new("pkix.Extension", Owner, new("Id", s_oid), new("Critical", Form.Flag), new("Value", Form.Bytes));

    private static readonly Shape s_url = new(
        "url.URL",
        Owner,
        new("Scheme", Form.Text),
        new("Opaque", Form.Text),
        Member.WithoutEffect("User", Form.Anything, "Write user and password into Host, followed by @."),
        new("Host", Form.Text),
        new("Path", Form.Text),
        new("RawPath", Form.Text),
        new("OmitHost", Form.Flag),
        new("ForceQuery", Form.Flag),
        new("RawQuery", Form.Text),
        new("Fragment", Form.Text),
        new("RawFragment", Form.Text));

    private static readonly Shape s_network = new("net.IPNet", Owner, new("IP", Form.Address), new("Mask", Form.Bytes));

    private static readonly Form s_networks = Form.ListOf(Form.Of(s_network)) with { Type = "[]*net.IPNet" };

    public static Shape Subject { get; } = new(
        "pkix.Name",
        Owner,
        new("Country", Form.Texts),
        new("Organization", Form.Texts),
        new("OrganizationalUnit", Form.Texts),
        new("Locality", Form.Texts),
        new("Province", Form.Texts),
        new("StreetAddress", Form.Texts),
        new("PostalCode", Form.Texts),
        new("SerialNumber", Form.Text),
        new("CommonName", Form.Text),
        Member.WithoutEffect("Names", Form.ListOf(Form.Of(s_attribute)), "Write ExtraNames."),
        new("ExtraNames", Form.ListOf(Form.Of(s_attribute))))
    {
        Misplaced = new[] { "DNSNames", "IPAddresses", "EmailAddresses", "URIs" }
            .ToDictionary(name => name, name => $"Write {name} beside Subject, as a member of Cert.", StringComparer.OrdinalIgnoreCase),
    };

    public static Shape Certificate { get; } = new(
        "x509.Certificate",
        Owner,
        new("Subject", Form.Of(Subject)),
        new("RawSubject", Form.Bytes),
        new("DNSNames", Form.Texts),
        new("IPAddresses", Form.ListOf(Form.Address)),
        new("EmailAddresses", Form.Texts),
        new("URIs", Form.ListOf(Form.Of(s_url)) with { Type = "[]*url.URL" }),
        new("KeyUsage", Form.Integer("x509.KeyUsage")),
        new("ExtKeyUsage", Form.ListOf(Form.Integer("x509.ExtKeyUsage"))),
        new("UnknownExtKeyUsage", Form.ListOf(s_oid)),
        new("NotAfter", Form.Time),
        new("IsCA", Form.Flag),
        new("MaxPathLen", Form.Integer("int")),
        new("MaxPathLenZero", Form.Flag),
        new("SubjectKeyId", Form.Bytes),
        new("SignatureAlgorithm", Form.Integer("x509.SignatureAlgorithm")),
        new("OCSPServer", Form.Texts),
        new("IssuingCertificateURL", Form.Texts),
        new("CRLDistributionPoints", Form.Texts),
        new("Policies", Form.ListOf(Form.Oid)),
        new("PermittedDNSDomainsCritical", Form.Flag),
        new("PermittedDNSDomains", Form.Texts),
        new("ExcludedDNSDomains", Form.Texts),
        new("PermittedEmailAddresses", Form.Texts),
        new("ExcludedEmailAddresses", Form.Texts),
        new("PermittedURIDomains", Form.Texts),
        new("ExcludedURIDomains", Form.Texts),
        new("PermittedIPRanges", s_networks),
        new("ExcludedIPRanges", s_networks),
        new("ExtraExtensions", Form.ListOf(Form.Of(s_extension))),
        Member.WithoutEffect("AuthorityKeyId", Form.Bytes, AlwaysSet),
        Member.WithoutEffect("BasicConstraintsValid", Form.Flag, AlwaysSet),
        Member.WithoutEffect("NotBefore", Form.Time, AlwaysSet),
        Member.WithoutEffect("SerialNumber", Form.Anything, AlwaysSet),
        Member.WithoutEffect("PolicyIdentifiers", Form.ListOf(s_oid), "Write Policies, an array of strings such as \"1.2.3.9\"."),
        Member.WithoutEffect("Raw", Form.Bytes),
        Member.WithoutEffect("RawTBSCertificate", Form.Bytes),
        Member.WithoutEffect("RawSubjectPublicKeyInfo", Form.Bytes),
        Member.WithoutEffect("RawIssuer", Form.Bytes),
        Member.WithoutEffect("Signature", Form.Bytes),
        Member.WithoutEffect("PublicKey", Form.Anything),
        Member.WithoutEffect("PublicKeyAlgorithm", Form.Integer("x509.PublicKeyAlgorithm")),
        Member.WithoutEffect("Version", Form.Integer("int")),
        Member.WithoutEffect("Issuer", Form.Of(Subject)),
        Member.WithoutEffect("Extensions", Form.ListOf(Form.Of(s_extension)), "Write ExtraExtensions."),
        Member.WithoutEffect("UnhandledCriticalExtensions", Form.ListOf(s_oid)));
}
