using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MarbleRun.Manifests.Certificates;

/// <summary>Validates the parts of a template and adds the defaults of MarbleRun 1.9. It keeps the first fault, with its member.</summary>
internal sealed class TemplateCompiler
{
    private const string DefaultCommonName = "MarbleRun Generated Certificate";

    /// <summary>digitalSignature: the default of a leaf. A default never lets a leaf sign certificates (RFC 5280, 4.2.1.3).</summary>
    private const int LeafUsage = 1;

    /// <summary>digitalSignature and keyCertSign: the default of an authority.</summary>
    private const int AuthorityUsage = 33;

    private static readonly ImmutableArray<string> s_usages =
    [
        ExtendedKeyUsage.ServerAuthentication,
        ExtendedKeyUsage.ClientAuthentication,
    ];

    private TemplateFault? _fault;

    private TemplateCompiler()
    {
    }

    public static CertificateTemplate Compile(CertificateParts parts)
    {
        var compiler = new TemplateCompiler();
        compiler.CheckKnownFaults(parts);
        CertificateContent content = compiler.Content(parts);
        return new CertificateTemplate(content, compiler._fault);
    }

    /// <summary>
    /// Creates a template from an issued certificate: its subject, its end, and the extensions that templates can contain.
    /// </summary>
    /// <param name="certificate">The certificate. Key identifiers are not copied, because they belong to its key.</param>
    public static CertificateTemplate Compile(X509Certificate2 certificate)
    {
        var compiler = new TemplateCompiler();
        var defaults = new CertificateParts
        {
            IsCa = certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(c => c.CertificateAuthority),
        };
        ImmutableArray<X509Extension> copied = [.. certificate.Extensions.Where(e => ExtensionOids.All.Contains(e.Oid!.Value))];
        if (copied.DistinctBy(e => e.Oid!.Value).Count() != copied.Length)
        {
            compiler.Fail(null, "x509: certificate contains duplicate extensions");
        }

        CertificateContent content = compiler.Content(defaults) with
        {
            Subject = certificate.SubjectName,
            NotAfter = certificate.NotAfter.ToUniversalTime(),
            ExtraExtensions = copied,
        };
        return new CertificateTemplate(content, compiler._fault);
    }

    /// <summary>Checks for faults that MarbleRun 1.9 also reports, with its texts.</summary>
    private void CheckKnownFaults(CertificateParts parts)
    {
        if (PathLength(parts) is not null && !parts.IsCa)
        {
            Fail(null, "x509: only CAs are allowed to specify MaxPathLen", "Set Cert.IsCA, or remove MaxPathLen.");
        }

        if (parts.SignatureAlgorithm is not (null or 0 or (>= 10 and <= 12)))
        {
            Fail(
                null,
                "x509: requested SignatureAlgorithm does not match private key type",
                "Set Cert.SignatureAlgorithm to 10, 11 or 12 (ECDSA with SHA-256, 384, 512), or remove it.");
        }

        if (parts.ExtKeyUsage is { } usages && usages.Any(usage => usage is { } number && ExtendedKeyUsage.ToOid(number) is null))
        {
            Fail(null, "x509: unknown extended key usage", "Use numbers from 0 to 13 in Cert.ExtKeyUsage.");
        }

        string? foreign = (parts.DnsNames ?? []).Concat(parts.EmailAddresses ?? []).FirstOrDefault(name => !Ascii.IsValid(name));
        if (foreign is not null)
        {
            Fail(
                null,
                $"x509: \"{foreign}\" cannot be encoded as an IA5String",
                "Use ASCII names in Cert; encode international names as xn--.");
        }
    }

    private CertificateContent Content(CertificateParts parts) => new()
    {
        Subject = Subject(parts),
        Names = new AlternativeNames(
            PlainTexts(parts.DnsNames ?? ["localhost"], "DNSNames"),
            PlainTexts(parts.EmailAddresses ?? [], "EmailAddresses"),
            parts.IpAddresses is { } addresses
                ? [.. addresses.Select(address => Address(address, "IPAddresses"))]
                : [IPAddress.Loopback, IPAddress.IPv6Loopback],
            [.. (parts.Uris ?? []).Select(Uri)]),
        KeyUsage = KeyUsage(parts),
        ExtendedKeyUsages =
        [
            .. parts.ExtKeyUsage is { } usages ? usages.Select(ExtendedUsage) : s_usages,
            .. parts.UnknownExtKeyUsage.Select(usage => ObjectIdentifier(usage, "UnknownExtKeyUsage")),
        ],
        NotAfter = parts.NotAfter,
        IsAuthority = parts.IsCa,
        PathLength = PathLength(parts),
        SubjectKeyId = parts.SubjectKeyId,
        SignatureHash = parts.SignatureAlgorithm switch
        {
            10 => HashAlgorithmName.SHA256,
            11 => HashAlgorithmName.SHA384,
            12 => HashAlgorithmName.SHA512,
            _ => null,
        },
        OcspServers = PlainTexts(parts.OcspServer, "OCSPServer"),
        IssuerUrls = PlainTexts(parts.IssuingCertificateUrl, "IssuingCertificateURL"),
        RevocationListUrls = PlainTexts(parts.CrlDistributionPoints, "CRLDistributionPoints"),
        Policies = [.. parts.Policies.Select(policy => ObjectIdentifier(policy, "Policies"))],
        Constraints = new NameConstraints(
            parts.PermittedDnsDomainsCritical, Subtrees(parts.Permitted, "Permitted"), Subtrees(parts.Excluded, "Excluded")),
        ExtraExtensions = ExtraExtensions(parts.ExtraExtensions),
    };

    private X500DistinguishedName Subject(CertificateParts parts)
    {
        if (!parts.RawSubject.IsEmpty)
        {
            return RawSubject(parts.RawSubject.Span);
        }

        List<(string Oid, string Value)> extra = [.. parts.Subject.ExtraNames.Select(ExtraName)];
        ImmutableDictionary<string, ImmutableArray<string>> attributes = parts.Subject.Attributes;
        if (!attributes.ContainsKey(SubjectName.CommonName) && extra.All(e => e.Oid != SubjectName.CommonName))
        {
            string commonName = parts.DnsNames is null ? "localhost" : parts.DnsNames is [var only] ? only : DefaultCommonName;
            attributes = attributes.SetItem(SubjectName.CommonName, [commonName]);
        }

        return SubjectName.Encode(attributes, extra);
    }

    private X500DistinguishedName RawSubject(ReadOnlySpan<byte> der)
    {
        try
        {
            var name = new X500DistinguishedName(der);
            _ = name.EnumerateRelativeDistinguishedNames(reversed: false).Count();
            return name;
        }
        catch (CryptographicException)
        {
            Fail("RawSubject", "must be a name in DER");
            return SubjectName.Encode(ImmutableDictionary<string, ImmutableArray<string>>.Empty, []);
        }
    }

    private (string Oid, string Value) ExtraName(AttributeParts name)
    {
        Require(name.Value is not null, "Subject.ExtraNames.Value", "a string");
        return (ObjectIdentifier(name.Type, "Subject.ExtraNames.Type"), name.Value ?? string.Empty);
    }

    private int KeyUsage(CertificateParts parts)
    {
        Require(parts.KeyUsage is null or (>= 0 and < 512), "KeyUsage", "a sum of bits from 1 to 256");
        return parts.KeyUsage is > 0 and < 512 ? (int)parts.KeyUsage : parts.IsCa ? AuthorityUsage : LeafUsage;
    }

    private string ExtendedUsage(long? usage)
    {
        Require(usage is not null, "ExtKeyUsage", "a whole number");
        return ExtendedKeyUsage.ToOid(usage ?? 0) ?? ExtendedKeyUsage.ServerAuthentication;
    }

    /// <summary>Negative numbers and 0 mean any number, unless <c>MaxPathLenZero</c> is set, which makes 0 a limit.</summary>
    private int? PathLength(CertificateParts parts)
    {
        Require(parts.MaxPathLen is null or (>= int.MinValue and <= int.MaxValue), "MaxPathLen", "a whole number");
        return parts.MaxPathLen switch
        {
            > 0 and <= int.MaxValue => (int)parts.MaxPathLen,
            null or 0 when parts.MaxPathLenZero => 0,
            _ => null,
        };
    }

    private Subtrees Subtrees(NameSubtrees subtrees, string kind) => new(
        PlainTexts(subtrees.DnsDomains, kind + "DNSDomains"),
        PlainTexts(subtrees.EmailAddresses, kind + "EmailAddresses"),
        PlainTexts(subtrees.UriDomains, kind + "URIDomains"),
        [.. subtrees.IpRanges.Select(range => Range(range, kind + "IPRanges"))]);

    private byte[] Range(NetworkParts range, string member)
    {
        byte[] address = Address(range.Ip, member + ".IP").GetAddressBytes();
        ReadOnlyMemory<byte> mask = range.Mask;
        Require(mask.Length == address.Length, member, "an address and a mask of the same length");
        return mask.Length == address.Length ? [.. address.Zip(mask.ToArray(), (a, m) => (byte)(a & m)), .. mask.Span] : [];
    }

    /// <summary>
    /// An IPv4 address mapped to IPv6 (RFC 4291, 2.5.5.2) is the same address in another form; certificates contain the short form.
    /// </summary>
    private IPAddress Address(string text, string member)
    {
        bool isAddress = IPAddress.TryParse(text, out IPAddress? address);
        Require(isAddress, member, "IPv4 or IPv6 addresses");
        return !isAddress ? IPAddress.None : address!.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }

    private string Uri(UriParts parts)
    {
        static string Part(string text, string before) => text.Length == 0 ? string.Empty : before + text;
        string scheme = parts.Scheme.Length == 0 ? string.Empty : parts.Scheme + ":";
        string rest = parts.Opaque.Length > 0 ? parts.Opaque : Part(parts.Host, "//") + parts.Path;
        return PlainText(scheme + rest + Part(parts.RawQuery, "?") + Part(parts.Fragment, "#"), "URIs");
    }

    private ImmutableArray<X509Extension> ExtraExtensions(ImmutableArray<ExtensionParts> extensions)
    {
        ImmutableArray<X509Extension> extra =
            [.. extensions.Select(e => new X509Extension(ObjectIdentifier(e.Id, "ExtraExtensions.Id"), e.Value.Span, e.Critical))];
        if (extra.DistinctBy(e => e.Oid!.Value).Count() != extra.Length)
        {
            Fail("ExtraExtensions", "contains the same identifier twice");
        }

        if (extra.Any(e => e.Oid!.Value == ExtensionOids.MarbleType))
        {
            Fail("ExtraExtensions", $"must not contain {ExtensionOids.MarbleType}, the type of a Marble");
        }

        return extra;
    }

    private string ObjectIdentifier(ImmutableArray<long?> arcs, string member) => ObjectIdentifier(string.Join('.', arcs), member);

    /// <summary>
    /// Reads an object identifier in dotted form (X.660: the first arc is 0, 1 or 2, and below 0 and 1 the second is less than 40).
    /// </summary>
    private string ObjectIdentifier(string text, string member)
    {
        string[] arcs = text.Split('.');
        bool isValid = arcs.Length is >= 2 and <= 64
            && arcs.All(arc => arc.Length is > 0 and <= 18 && arc.All(char.IsAsciiDigit) && (arc.Length == 1 || arc[0] != '0'))
            && (arcs[0] == "2" || (arcs[0] is "0" or "1" && long.Parse(arcs[1], CultureInfo.InvariantCulture) < 40));
        Require(isValid, member, "an object identifier");
        return isValid ? text : "0.0";
    }

    private ImmutableArray<string> PlainTexts(ImmutableArray<string> texts, string member) =>
        [.. texts.Select(text => PlainText(text, member))];

    /// <summary>Text of a certificate's IA5String with only one interpretation.</summary>
    private string PlainText(string text, string member)
    {
        bool isPlain = text.Length > 0 && text.All(c => c is > ' ' and < '\x7f');
        Require(isPlain, member, "ASCII text without spaces and control characters, and not empty");
        return isPlain ? text : string.Empty;
    }

    private void Require(bool holds, string member, string expected)
    {
        if (!holds)
        {
            Fail(member, $"must be {expected}");
        }
    }

    private void Fail(string? member, string text, string? remedy = null) => _fault ??= new TemplateFault(member, text, remedy);
}

/// <summary>The reason why no certificate can be issued from a template.</summary>
/// <param name="Member">The member of <c>Cert</c>; null if the text is that of MarbleRun 1.9.</param>
/// <param name="Text">What is wrong.</param>
/// <param name="Remedy">What to do; null if the text contains it.</param>
internal sealed record TemplateFault(string? Member, string Text, string? Remedy = null)
{
    /// <summary>Returns the fault of a secret's template as text.</summary>
    public string Describe(string secret) => Member is null ? Text : $"secret {secret}: Cert.{Member} {Text}";
}
