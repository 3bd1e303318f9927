using System.Collections.Immutable;
using MarbleRun.Manifests.Certificates;

namespace MarbleRun.Manifests.Reading;

/// <summary>The members of certificates' templates.</summary>
internal static class CertificateShapes
{
    /// <summary>Error texts name the structure in the manifest, not the structures inside the certificate.</summary>
    private const string Owner = "Secret";

    private const string AlwaysSet = "Remove it; the Coordinator sets it.";

    private static readonly Form<long?> s_int = Form.Integer("int");

    private static readonly Form<ImmutableArray<string>> s_texts = Form.ListOf(Form.Text);

    private static readonly Form<ImmutableArray<string>?> s_optionalTexts = Form.OptionalListOf(Form.Text);

    private static readonly Form<ImmutableArray<long?>> s_oid = Form.ListOf(s_int, type: "asn1.ObjectIdentifier");

    private static readonly Form<ImmutableArray<ImmutableArray<long?>>> s_oids = Form.ListOf(s_oid);

    private static readonly Shape<AttributeParts> s_attribute = new Shape<AttributeParts>("pkix.AttributeTypeAndValue", Owner)
        .With("Type", s_oid, a => a.Type, (a, v) => a with { Type = v })
        .With("Value", Form.AnyText, a => a.Value, (a, v) => a with { Value = v });

    private static readonly Form<ImmutableArray<AttributeParts>> s_attributes = Form.ListOf(Form.Of(s_attribute));

    private static readonly Shape<ExtensionParts> s_extension = new Shape<ExtensionParts>("pkix.Extension", Owner)
        .With("Id", s_oid, e => e.Id, (e, v) => e with { Id = v })
        .With("Critical", Form.Flag, e => e.Critical, (e, v) => e with { Critical = v })
        .With("Value", Form.Bytes, e => e.Value, (e, v) => e with { Value = v });

    private static readonly Form<ImmutableArray<ExtensionParts>> s_extensions = Form.ListOf(Form.Of(s_extension));

    private static readonly Shape<UriParts> s_url = new Shape<UriParts>("url.URL", Owner)
        .With("Scheme", Form.Text, u => u.Scheme, (u, v) => u with { Scheme = v })
        .With("Opaque", Form.Text, u => u.Opaque, (u, v) => u with { Opaque = v })
        .WithoutEffect("User", Form.Anything, "Write user and password into Host, followed by @.")
        .With("Host", Form.Text, u => u.Host, (u, v) => u with { Host = v })
        .With("Path", Form.Text, u => u.Path, (u, v) => u with { Path = v })
        .WithoutEffect("RawPath", Form.Text, advice: null)
        .WithoutEffect("OmitHost", Form.Flag, advice: null)
        .WithoutEffect("ForceQuery", Form.Flag, advice: null)
        .With("RawQuery", Form.Text, u => u.RawQuery, (u, v) => u with { RawQuery = v })
        .With("Fragment", Form.Text, u => u.Fragment, (u, v) => u with { Fragment = v })
        .WithoutEffect("RawFragment", Form.Text, advice: null);

    private static readonly Shape<NetworkParts> s_network = new Shape<NetworkParts>("net.IPNet", Owner)
        .With("IP", Form.Address, n => n.Ip, (n, v) => n with { Ip = v })
        .With("Mask", Form.Bytes, n => n.Mask, (n, v) => n with { Mask = v });

    private static readonly Form<ImmutableArray<NetworkParts>> s_networks = Form.ListOf(Form.Of(s_network), type: "[]*net.IPNet");

    public static Shape<SubjectParts> Subject { get; } = new Shape<SubjectParts>("pkix.Name", Owner)
    {
        Misplaced = new[] { "DNSNames", "IPAddresses", "EmailAddresses", "URIs" }
            .ToDictionary(name => name, name => $"Write {name} beside Subject, as a member of Cert.", StringComparer.OrdinalIgnoreCase),
    }
        .With("Country", s_texts, s => Get(s, "Country"), (s, v) => Set(s, "Country", v))
        .With("Organization", s_texts, s => Get(s, "Organization"), (s, v) => Set(s, "Organization", v))
        .With("OrganizationalUnit", s_texts, s => Get(s, "OrganizationalUnit"), (s, v) => Set(s, "OrganizationalUnit", v))
        .With("Locality", s_texts, s => Get(s, "Locality"), (s, v) => Set(s, "Locality", v))
        .With("Province", s_texts, s => Get(s, "Province"), (s, v) => Set(s, "Province", v))
        .With("StreetAddress", s_texts, s => Get(s, "StreetAddress"), (s, v) => Set(s, "StreetAddress", v))
        .With("PostalCode", s_texts, s => Get(s, "PostalCode"), (s, v) => Set(s, "PostalCode", v))
        .With("SerialNumber", Form.Text, s => GetOne(s, "SerialNumber"), (s, v) => Set(s, "SerialNumber", [v]))
        .With("CommonName", Form.Text, s => GetOne(s, "CommonName"), (s, v) => Set(s, "CommonName", [v]))
        .WithoutEffect("Names", s_attributes, "Write ExtraNames.")
        .With("ExtraNames", s_attributes, s => s.ExtraNames, (s, v) => s with { ExtraNames = v });

    public static Shape<CertificateParts> Certificate { get; } = new Shape<CertificateParts>("x509.Certificate", Owner)
        .With("Subject", Form.Of(Subject), c => c.Subject, (c, v) => c with { Subject = v })
        .With("RawSubject", Form.Bytes, c => c.RawSubject, (c, v) => c with { RawSubject = v })
        .With("DNSNames", s_optionalTexts, c => c.DnsNames, (c, v) => c with { DnsNames = v })
        .With("IPAddresses", Form.OptionalListOf(Form.Address), c => c.IpAddresses, (c, v) => c with { IpAddresses = v })
        .With("EmailAddresses", s_optionalTexts, c => c.EmailAddresses, (c, v) => c with { EmailAddresses = v })
        .With("URIs", Form.OptionalListOf(Form.Of(s_url), type: "[]*url.URL"), c => c.Uris, (c, v) => c with { Uris = v })
        .With("KeyUsage", Form.Integer("x509.KeyUsage"), c => c.KeyUsage, (c, v) => c with { KeyUsage = v })
        .With(
            "ExtKeyUsage",
            Form.OptionalListOf(Form.Integer("x509.ExtKeyUsage")),
            c => c.ExtKeyUsage,
            (c, v) => c with { ExtKeyUsage = v })
        .With("UnknownExtKeyUsage", s_oids, c => c.UnknownExtKeyUsage, (c, v) => c with { UnknownExtKeyUsage = v })
        .With("NotAfter", Form.Time, c => c.NotAfter, (c, v) => c with { NotAfter = v })
        .With("IsCA", Form.Flag, c => c.IsCa, (c, v) => c with { IsCa = v })
        .With("MaxPathLen", s_int, c => c.MaxPathLen, (c, v) => c with { MaxPathLen = v })
        .With("MaxPathLenZero", Form.Flag, c => c.MaxPathLenZero, (c, v) => c with { MaxPathLenZero = v })
        .With("SubjectKeyId", Form.Bytes, c => c.SubjectKeyId, (c, v) => c with { SubjectKeyId = v })
        .With(
            "SignatureAlgorithm",
            Form.Integer("x509.SignatureAlgorithm"),
            c => c.SignatureAlgorithm,
            (c, v) => c with { SignatureAlgorithm = v })
        .With("OCSPServer", s_texts, c => c.OcspServer, (c, v) => c with { OcspServer = v })
        .With("IssuingCertificateURL", s_texts, c => c.IssuingCertificateUrl, (c, v) => c with { IssuingCertificateUrl = v })
        .With("CRLDistributionPoints", s_texts, c => c.CrlDistributionPoints, (c, v) => c with { CrlDistributionPoints = v })
        .With("Policies", Form.ListOf(Form.Oid), c => c.Policies, (c, v) => c with { Policies = v })
        .With(
            "PermittedDNSDomainsCritical",
            Form.Flag,
            c => c.PermittedDnsDomainsCritical,
            (c, v) => c with { PermittedDnsDomainsCritical = v })
        .With(
            "PermittedDNSDomains",
            s_texts,
            c => c.Permitted.DnsDomains,
            (c, v) => c with { Permitted = c.Permitted with { DnsDomains = v } })
        .With("ExcludedDNSDomains", s_texts, c => c.Excluded.DnsDomains, (c, v) => c with { Excluded = c.Excluded with { DnsDomains = v } })
        .With(
            "PermittedEmailAddresses",
            s_texts,
            c => c.Permitted.EmailAddresses,
            (c, v) => c with { Permitted = c.Permitted with { EmailAddresses = v } })
        .With(
            "ExcludedEmailAddresses",
            s_texts,
            c => c.Excluded.EmailAddresses,
            (c, v) => c with { Excluded = c.Excluded with { EmailAddresses = v } })
        .With(
            "PermittedURIDomains",
            s_texts,
            c => c.Permitted.UriDomains,
            (c, v) => c with { Permitted = c.Permitted with { UriDomains = v } })
        .With("ExcludedURIDomains", s_texts, c => c.Excluded.UriDomains, (c, v) => c with { Excluded = c.Excluded with { UriDomains = v } })
        .With(
            "PermittedIPRanges",
            s_networks,
            c => c.Permitted.IpRanges,
            (c, v) => c with { Permitted = c.Permitted with { IpRanges = v } })
        .With("ExcludedIPRanges", s_networks, c => c.Excluded.IpRanges, (c, v) => c with { Excluded = c.Excluded with { IpRanges = v } })
        .With("ExtraExtensions", s_extensions, c => c.ExtraExtensions, (c, v) => c with { ExtraExtensions = v })
        .WithoutEffect("AuthorityKeyId", Form.Bytes, AlwaysSet)
        .WithoutEffect("BasicConstraintsValid", Form.Flag, AlwaysSet)
        .WithoutEffect("NotBefore", Form.Time, AlwaysSet)
        .WithoutEffect("SerialNumber", Form.Anything, AlwaysSet)
        .WithoutEffect("PolicyIdentifiers", s_oids, "Write Policies, an array of strings such as \"1.2.3.9\".")
        .WithoutEffect("Raw", Form.Bytes)
        .WithoutEffect("RawTBSCertificate", Form.Bytes)
        .WithoutEffect("RawSubjectPublicKeyInfo", Form.Bytes)
        .WithoutEffect("RawIssuer", Form.Bytes)
        .WithoutEffect("Signature", Form.Bytes)
        .WithoutEffect("PublicKey", Form.Anything)
        .WithoutEffect("PublicKeyAlgorithm", Form.Integer("x509.PublicKeyAlgorithm"))
        .WithoutEffect("Version", s_int)
        .WithoutEffect("Issuer", Form.Of(Subject))
        .WithoutEffect("Extensions", s_extensions, "Write ExtraExtensions.")
        .WithoutEffect("UnhandledCriticalExtensions", s_oids);

    private static ImmutableArray<string> Get(SubjectParts subject, string member) =>
        subject.Attributes.GetValueOrDefault(SubjectName.OidOf(member), []);

    private static string GetOne(SubjectParts subject, string member) => Get(subject, member) is [var value] ? value : string.Empty;

    /// <summary>Sets the values of an attribute; omits empty values, and attributes without values.</summary>
    private static SubjectParts Set(SubjectParts subject, string member, ImmutableArray<string> values)
    {
        ImmutableArray<string> given = values.RemoveAll(string.IsNullOrEmpty);
        string oid = SubjectName.OidOf(member);
        return subject with { Attributes = given.IsEmpty ? subject.Attributes.Remove(oid) : subject.Attributes.SetItem(oid, given) };
    }
}
