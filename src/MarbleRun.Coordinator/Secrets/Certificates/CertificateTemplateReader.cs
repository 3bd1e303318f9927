using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using MarbleRun.Coordinator.Authority;

namespace MarbleRun.Coordinator.Secrets.Certificates;

/// <summary>Reads <c>Secrets.x.Cert</c> of a manifest.</summary>
internal static class CertificateTemplateReader
{
    private static readonly Dictionary<string, Func<CertificateTemplate, JsonElement, string, CertificateTemplate>> s_members = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Subject"] = (t, v, m) => t with { Subject = ReadSubject(v, m) },
        ["RawSubject"] = (t, v, m) => t with { RawSubject = TemplateJson.Bytes(v, m) },
        ["DNSNames"] = (t, v, m) => t with { Names = t.Names with { DnsNames = TemplateJson.List(v, m, TemplateJson.PlainText) } },
        ["IPAddresses"] = (t, v, m) => t with { Names = t.Names with { Addresses = TemplateJson.List(v, m, ReadAddress) } },
        ["EmailAddresses"] = (t, v, m) => t with { Names = t.Names with { EmailAddresses = TemplateJson.List(v, m, TemplateJson.PlainText) } },
        ["URIs"] = (t, v, m) => t with { Names = t.Names with { Uris = TemplateJson.List(v, m, ReadUri) } },
        ["KeyUsage"] = (t, v, m) => t with { KeyUsage = ReadKeyUsage(v, m) },
        ["ExtKeyUsage"] = (t, v, m) => t with { ExtendedKeyUsages = TemplateJson.List(v, m, ReadUsage) },
        ["NotAfter"] = (t, v, m) => t with { NotAfter = TemplateJson.Time(v, m) is var time && time == default ? null : time },
        ["IsCA"] = (t, v, m) => t with { IsAuthority = TemplateJson.Boolean(v, m) },
        ["SubjectKeyId"] = (t, v, m) => t with { SubjectKeyId = TemplateJson.Bytes(v, m) },
        ["SignatureAlgorithm"] = (t, v, m) => t with { SignatureAlgorithm = ReadSignatureAlgorithm(v, m) },
        ["OCSPServer"] = (t, v, m) => t with { OcspServers = TemplateJson.List(v, m, TemplateJson.PlainText) },
        ["IssuingCertificateURL"] = (t, v, m) => t with { IssuerUrls = TemplateJson.List(v, m, TemplateJson.PlainText) },
        ["CRLDistributionPoints"] = (t, v, m) => t with { RevocationListUrls = TemplateJson.List(v, m, TemplateJson.PlainText) },
        ["Policies"] = (t, v, m) => t with { Policies = TemplateJson.List(v, m, ReadPolicy) },
        ["PermittedDNSDomainsCritical"] = (t, v, m) => t with { Constraints = t.Constraints with { IsCritical = TemplateJson.Boolean(v, m) } },
        ["PermittedDNSDomains"] = (t, v, m) => Permit(t, s => s with { DnsDomains = TemplateJson.List(v, m, TemplateJson.PlainText) }),
        ["ExcludedDNSDomains"] = (t, v, m) => Exclude(t, s => s with { DnsDomains = TemplateJson.List(v, m, TemplateJson.PlainText) }),
        ["PermittedEmailAddresses"] = (t, v, m) => Permit(t, s => s with { EmailAddresses = TemplateJson.List(v, m, TemplateJson.PlainText) }),
        ["ExcludedEmailAddresses"] = (t, v, m) => Exclude(t, s => s with { EmailAddresses = TemplateJson.List(v, m, TemplateJson.PlainText) }),
        ["PermittedURIDomains"] = (t, v, m) => Permit(t, s => s with { UriDomains = TemplateJson.List(v, m, TemplateJson.PlainText) }),
        ["ExcludedURIDomains"] = (t, v, m) => Exclude(t, s => s with { UriDomains = TemplateJson.List(v, m, TemplateJson.PlainText) }),
        ["PermittedIPRanges"] = (t, v, m) => Permit(t, s => s with { AddressRanges = TemplateJson.List(v, m, ReadRange) }),
        ["ExcludedIPRanges"] = (t, v, m) => Exclude(t, s => s with { AddressRanges = TemplateJson.List(v, m, ReadRange) }),
        ["ExtraExtensions"] = (t, v, m) => t with { ExtraExtensions = TemplateJson.List(v, m, ReadExtension) },
    };

    private static readonly Dictionary<string, string> s_attributes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Country"] = "2.5.4.6",
        ["Organization"] = "2.5.4.10",
        ["OrganizationalUnit"] = "2.5.4.11",
        ["Locality"] = "2.5.4.7",
        ["Province"] = "2.5.4.8",
        ["StreetAddress"] = "2.5.4.9",
        ["PostalCode"] = "2.5.4.17",
        ["CommonName"] = SubjectTemplate.CommonNameOid,
        ["SerialNumber"] = "2.5.4.5",
    };

    /// <param name="json">The template as the manifest's reader gives it: empty, an object, or a string with the base64 form of a certificate.</param>
    /// <exception cref="CertificateTemplateException">A member cannot be put into a certificate.</exception>
    public static CertificateTemplate Read(ReadOnlyMemory<byte> json)
    {
        if (json.IsEmpty)
        {
            return CertificateTemplate.Default;
        }

        using var document = JsonDocument.Parse(json);
        if (document.RootElement.ValueKind == JsonValueKind.String)
        {
            return IssuedTemplate.Read(TemplateJson.Bytes(document.RootElement, "as text"));
        }

        Dictionary<string, JsonElement> members = TemplateJson.Members(document.RootElement, "as a whole");
        CertificateTemplate template = CertificateTemplate.Default;
        foreach ((string name, JsonElement value) in members)
        {
            if (s_members.TryGetValue(name, out Func<CertificateTemplate, JsonElement, string, CertificateTemplate>? read))
            {
                template = read(template, value, name);
            }
        }

        template = template with { PathLength = ReadPathLength(members), ExtendedKeyUsages = [.. template.ExtendedKeyUsages, .. ReadUnknownUsages(members)] };
        DemandExtensions(template.ExtraExtensions);
        return template;
    }

    private static void DemandExtensions(ImmutableArray<ExtraExtension> extensions)
    {
        if (extensions.Select(e => e.Oid).Distinct().Count() != extensions.Length)
        {
            throw new CertificateTemplateException("Cert.ExtraExtensions holds one identifier twice");
        }

        // Only an activation says who is which Marble.
        if (extensions.Any(e => e.Oid == CertificateTemplates.MarbleTypeOid))
        {
            throw new CertificateTemplateException($"Cert.ExtraExtensions must not hold {CertificateTemplates.MarbleTypeOid}, the type of a Marble");
        }
    }

    private static int? ReadPathLength(Dictionary<string, JsonElement> members)
    {
        int length = members.TryGetValue("MaxPathLen", out JsonElement value) ? TemplateJson.Integer(value, "MaxPathLen") : 0;
        bool isZero = members.TryGetValue("MaxPathLenZero", out JsonElement zero) && TemplateJson.Boolean(zero, "MaxPathLenZero");
        return length > 0 || (length == 0 && isZero) ? length : null;
    }

    private static ImmutableArray<string> ReadUnknownUsages(Dictionary<string, JsonElement> members) =>
        members.TryGetValue("UnknownExtKeyUsage", out JsonElement value) ? TemplateJson.List(value, "UnknownExtKeyUsage", TemplateJson.ObjectIdentifier) : [];

    private static SubjectTemplate ReadSubject(JsonElement element, string member)
    {
        var attributes = ImmutableDictionary.CreateBuilder<string, ImmutableArray<string>>();
        ImmutableArray<(string Oid, string Value)> extra = [];
        foreach ((string name, JsonElement value) in TemplateJson.Members(element, member))
        {
            string path = $"{member}.{name}";
            if (name.Equals("ExtraNames", StringComparison.OrdinalIgnoreCase))
            {
                extra = TemplateJson.List(value, path, ReadExtraName);
            }
            else if (s_attributes.TryGetValue(name, out string? oid))
            {
                ImmutableArray<string> values = value.ValueKind == JsonValueKind.String ? [value.GetString()!] : TemplateJson.List(value, path, TemplateJson.Text);
                attributes[oid] = [.. values.Where(v => v.Length > 0)];
            }
        }

        return new SubjectTemplate { Attributes = attributes.Where(a => !a.Value.IsEmpty).ToImmutableDictionary(), Extra = extra };
    }

    private static (string Oid, string Value) ReadExtraName(JsonElement element, string member)
    {
        Dictionary<string, JsonElement> members = TemplateJson.Members(element, member);
        return (
            TemplateJson.ObjectIdentifier(members.GetValueOrDefault("Type"), $"{member}.Type"),
            TemplateJson.Text(members.GetValueOrDefault("Value"), $"{member}.Value"));
    }

    private static string ReadPolicy(JsonElement element, string member) => TemplateJson.ObjectIdentifier(TemplateJson.Text(element, member), member);

    private static IPAddress ReadAddress(JsonElement element, string member) =>
        IPAddress.TryParse(TemplateJson.Text(element, member), out IPAddress? address)
            ? Unmapped(address)
            : throw TemplateJson.Fault(member, "IPv4 or IPv6 addresses");

    /// <summary>IPv4 in IPv6 (RFC 4291, 2.5.5.2) is one address with two spellings; certificates hold the short one.</summary>
    private static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static string ReadUri(JsonElement element, string member)
    {
        Dictionary<string, JsonElement> members = TemplateJson.Members(element, member);
        string Part(string name, string before) =>
            members.TryGetValue(name, out JsonElement value) && TemplateJson.Text(value, $"{member}.{name}") is { Length: > 0 } text ? before + text : string.Empty;
        string scheme = Part("Scheme", string.Empty) is { Length: > 0 } given ? given + ":" : string.Empty;
        string rest = Part("Opaque", string.Empty) is { Length: > 0 } opaque ? opaque : Part("Host", "//") + Part("Path", string.Empty);
        return TemplateJson.PlainText(scheme + rest + Part("RawQuery", "?") + Part("Fragment", "#"), member);
    }

    private static int ReadKeyUsage(JsonElement element, string member)
    {
        int usage = TemplateJson.Integer(element, member);
        return usage is >= 0 and < 512 ? usage : throw TemplateJson.Fault(member, "a sum of bits from 1 to 256");
    }

    private static int ReadSignatureAlgorithm(JsonElement element, string member)
    {
        int number = TemplateJson.Integer(element, member);
        return number is 0 or (>= 10 and <= 12) ? number : throw TemplateJson.Fault(member, "10, 11 or 12");
    }

    private static string ReadUsage(JsonElement element, string member) =>
        ExtendedKeyUsage.ToOid(TemplateJson.Integer(element, member)) ?? throw new CertificateTemplateException("x509: unknown extended key usage");

    private static byte[] ReadRange(JsonElement element, string member)
    {
        Dictionary<string, JsonElement> members = TemplateJson.Members(element, member);
        byte[] address = ReadAddress(members.GetValueOrDefault("IP"), $"{member}.IP").GetAddressBytes();
        byte[] mask = TemplateJson.Bytes(members.GetValueOrDefault("Mask"), $"{member}.Mask");
        return mask.Length == address.Length
            ? [.. address.Zip(mask, (a, m) => (byte)(a & m)), .. mask]
            : throw TemplateJson.Fault(member, "an address and a mask of the same length");
    }

    private static ExtraExtension ReadExtension(JsonElement element, string member)
    {
        Dictionary<string, JsonElement> members = TemplateJson.Members(element, member);
        return new ExtraExtension(
            TemplateJson.ObjectIdentifier(members.GetValueOrDefault("Id"), $"{member}.Id"),
            members.TryGetValue("Critical", out JsonElement critical) && TemplateJson.Boolean(critical, $"{member}.Critical"),
            members.TryGetValue("Value", out JsonElement value) ? TemplateJson.Bytes(value, $"{member}.Value") : []);
    }

    private static CertificateTemplate Permit(CertificateTemplate template, Func<NameSubtrees, NameSubtrees> change) =>
        template with { Constraints = template.Constraints with { Permitted = change(template.Constraints.Permitted) } };

    private static CertificateTemplate Exclude(CertificateTemplate template, Func<NameSubtrees, NameSubtrees> change) =>
        template with { Constraints = template.Constraints with { Excluded = change(template.Constraints.Excluded) } };
}
