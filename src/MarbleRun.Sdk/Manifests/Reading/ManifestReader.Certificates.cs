using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Manifests.Json;

namespace MarbleRun.Manifests.Reading;

/// <summary>Templates of certificates: their members are checked for type here, where faults have a place, and kept as text for the authority.</summary>
internal sealed partial class ManifestReader
{
    private static readonly Shape s_certificate = new(
        "x509",
        "Certificate",
        [
            "Subject", "RawSubject", "DNSNames", "IPAddresses", "EmailAddresses", "URIs", "KeyUsage", "ExtKeyUsage", "UnknownExtKeyUsage",
            "NotBefore", "NotAfter", "IsCA", "BasicConstraintsValid", "MaxPathLen", "MaxPathLenZero", "SubjectKeyId", "AuthorityKeyId", "SignatureAlgorithm", "OCSPServer",
            "IssuingCertificateURL", "CRLDistributionPoints", "Policies", "PolicyIdentifiers", "PermittedDNSDomainsCritical", "PermittedDNSDomains",
            "ExcludedDNSDomains", "PermittedEmailAddresses", "ExcludedEmailAddresses", "PermittedURIDomains", "ExcludedURIDomains", "PermittedIPRanges",
            "ExcludedIPRanges", "ExtraExtensions", "SerialNumber", "Raw", "RawTBSCertificate", "RawSubjectPublicKeyInfo", "RawIssuer", "Signature", "PublicKey",
            "PublicKeyAlgorithm", "Version", "Issuer", "Extensions", "UnhandledCriticalExtensions",
        ]);

    private static readonly Shape s_subject = new(
        "pkix",
        "Name",
        [
            "Country", "Organization", "OrganizationalUnit", "Locality", "Province", "StreetAddress", "PostalCode",
            "SerialNumber", "CommonName", "Names", "ExtraNames",
        ]);

    private ReadOnlyMemory<byte> ReadCertificateTemplate(JsonValue value, Place place)
    {
        switch (value.Kind)
        {
            case JsonKind.Null:
                return default;

            case JsonKind.String:
                return ReadCertificateBytes(value, place);

            case JsonKind.Object:
                CheckCertificateMembers(value, place);
                if (JsonText.TryNormalize(value, out byte[] normalized))
                {
                    return normalized;
                }

                Fatal(value, place, "certificate template is nested too deeply");
                return default;

            default:
                Fatal(value, place, MismatchText(value.KindName, place, "x509.Certificate"), "Write an object with the members of a certificate.");
                return default;
        }
    }

    /// <summary>A string is an issued certificate; one that is no base64 counts as none.</summary>
    private byte[] ReadCertificateBytes(JsonValue value, Place place)
    {
        if (!PeerEncodings.TryDecodeBase64(value.GetString(), out byte[] der, out _))
        {
            Warn(value, place, "Cert is no base64 and therefore ignored", "Write an object, or the base64 form of a certificate's DER.");
            return [];
        }

        try
        {
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(der);
        }
        catch (CryptographicException)
        {
            Fatal(value, place, "x509: malformed certificate", "Write an object, or the base64 form of a certificate's DER.");
            return [];
        }

        return JsonText.TryNormalize(value, out byte[] normalized) ? normalized : [];
    }

    private void CheckCertificateMembers(JsonValue template, Place templatePlace)
    {
        int mismatches = _mismatches.Count;
        ReadStructure(template, templatePlace, 0, s_certificate with { Name = s_secret.Name }, (_, name, value, place) =>
        {
            CheckCertificateMember(name, value, place);
            return 0;
        });

        // Certificates are read by a reader of their own, whose failure ends everything.
        _fatal.AddRange(_mismatches[mismatches..]);
        _mismatches.RemoveRange(mismatches, _mismatches.Count - mismatches);
    }

    private void CheckCertificateMember(string name, JsonValue value, Place place)
    {
        switch (name)
        {
            case "Subject":
                ReadStructure(value, place, 0, s_subject with { Name = s_secret.Name }, (_, member, part, partPlace) =>
                {
                    CheckSubjectMember(member, part, partPlace);
                    return 0;
                });
                break;

            case "KeyUsage" or "SignatureAlgorithm":
                CheckInteger(value, place, $"x509.{name}");
                break;

            case "MaxPathLen":
                CheckInteger(value, place, "int");
                break;

            case "ExtKeyUsage":
                ReadArray(value, place, [], "[]x509.ExtKeyUsage", 0, (usage, usagePlace, _) => CheckInteger(usage, usagePlace, "x509.ExtKeyUsage"));
                break;

            case "IsCA" or "MaxPathLenZero" or "BasicConstraintsValid" or "PermittedDNSDomainsCritical":
                ReadBool(value, place, false);
                break;

            case "RawSubject" or "SubjectKeyId" or "AuthorityKeyId":
                ReadBytes(value, place, default);
                break;

            case "NotAfter" or "NotBefore":
                CheckTime(value, place);
                break;

            case "IPAddresses":
                ReadArray(value, place, [], "[]net.IP", 0, CheckAddress);
                break;

            case "DNSNames" or "EmailAddresses" or "OCSPServer" or "IssuingCertificateURL" or "CRLDistributionPoints" or "Policies" or "PermittedDNSDomains"
                or "ExcludedDNSDomains" or "PermittedEmailAddresses" or "ExcludedEmailAddresses" or "PermittedURIDomains" or "ExcludedURIDomains":
                ReadStrings(value, place, []);
                break;

            case "PolicyIdentifiers":
                Warn(value, place, "PolicyIdentifiers has no effect", "Write Policies, an array of strings such as \"1.2.3.9\".");
                break;
        }
    }

    private void CheckSubjectMember(string name, JsonValue value, Place place)
    {
        switch (name)
        {
            case "SerialNumber" or "CommonName":
                ReadString(value, place, string.Empty);
                break;

            case "Names" or "ExtraNames":
                break;

            default:
                ReadStrings(value, place, []);
                break;
        }
    }

    private int CheckInteger(JsonValue value, Place place, string type)
    {
        if (value.Kind == JsonKind.Number)
        {
            if (!long.TryParse(value.Raw, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
            {
                Wrong(value, place, MismatchText("number " + System.Text.Encoding.ASCII.GetString(value.Raw), place, type), "Write a whole number.");
            }
        }
        else if (value.Kind != JsonKind.Null)
        {
            Wrong(value, place, MismatchText(value.KindName, place, type), "Write the number; names of usages and algorithms are not known here.");
        }

        return 0;
    }

    private int CheckAddress(JsonValue value, Place place, int current)
    {
        string text = ReadString(value, place, string.Empty);
        if (text.Length > 0 && !IPAddress.TryParse(text, out _))
        {
            Fatal(value, place, $"invalid IP address: {text}", "Write an IPv4 or IPv6 address.");
        }

        return current;
    }

    private void CheckTime(JsonValue value, Place place)
    {
        if (value.Kind == JsonKind.Null)
        {
            return;
        }

        if (value.Kind != JsonKind.String)
        {
            Fatal(value, place, "Time.UnmarshalJSON: input is not a JSON string", "Write a time such as \"2040-12-31T23:59:59Z\".");
        }
        else if (!Rfc3339.IsTime(value.GetString()))
        {
            Fatal(
                value,
                place,
                $"parsing time {System.Text.Encoding.UTF8.GetString(value.Raw)} as \"2006-01-02T15:04:05Z07:00\": cannot parse it",
                "Write a time such as \"2040-12-31T23:59:59Z\".");
        }
    }
}
