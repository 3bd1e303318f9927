using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using MarbleRun.Manifests.Certificates;
using MarbleRun.Manifests.Json;

namespace MarbleRun.Manifests.Reading;

/// <summary>Reads templates of certificates, and the values that only they have.</summary>
internal sealed partial class ManifestReader
{
    public CertificateTemplate? ReadCertificateTemplate(JsonValue value, Place place)
    {
        switch (value.Kind)
        {
            case JsonKind.Null:
                return null;

            case JsonKind.String:
                return ReadIssuedCertificate(value, place);

            case JsonKind.Object:
                int mismatches = _mismatches.Count;
                CertificateParts parts = ReadStructure(value, place, new CertificateParts(), CertificateShapes.Certificate);
                MakeFatal(mismatches);
                return TemplateCompiler.Compile(parts);

            default:
                Fatal(
                    value,
                    place,
                    MismatchText(value.KindName, place, "x509.Certificate"),
                    "Write an object with the members of a certificate.");
                return null;
        }
    }

    /// <summary>Reads a string as an issued certificate; a string that is not base64 is ignored, as in MarbleRun 1.9.</summary>
    private CertificateTemplate? ReadIssuedCertificate(JsonValue value, Place place)
    {
        const string Remedy = "Write an object, or the base64 form of a certificate's DER.";
        if (!PeerEncodings.TryDecodeBase64(value.GetString(), out byte[] der, out _))
        {
            Warn(value, place, "Cert is not base64 and therefore ignored", Remedy);
            return null;
        }

        try
        {
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(der);
            return TemplateCompiler.Compile(certificate);
        }
        catch (CryptographicException)
        {
            Fatal(value, place, "x509: malformed certificate", Remedy);
            return null;
        }
    }

    public long? ReadInteger(JsonValue value, Place place, long? current, string type)
    {
        if (value.Kind == JsonKind.Number)
        {
            if (long.TryParse(value.Raw, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
            {
                return number;
            }

            Wrong(value, place, MismatchText("number " + Encoding.ASCII.GetString(value.Raw), place, type), "Write a whole number.");
        }
        else if (value.Kind != JsonKind.Null)
        {
            Wrong(
                value,
                place,
                MismatchText(value.KindName, place, type),
                "Write the number; names of usages and algorithms are not supported here.");
        }

        return current;
    }

    public string ReadAddress(JsonValue value, Place place, string current)
    {
        string text = ReadString(value, place, current);
        if (text.Length > 0 && !IsAddress(text))
        {
            Fatal(value, place, $"invalid IP address: {text}", "Write an IPv4 or IPv6 address.");
        }

        return text;
    }

    /// <summary>The runtime also accepts short and octal IPv4 addresses, and IPv6 addresses with brackets, ports and zones.</summary>
    private static bool IsAddress(string text) =>
        IPAddress.TryParse(text, out IPAddress? address)
        && (address.AddressFamily == AddressFamily.InterNetwork ? address.ToString() == text : !text.AsSpan().ContainsAny('[', '%'));

    public string ReadOid(JsonValue value, Place place, string current)
    {
        string text = ReadString(value, place, current);
        if (text.Length > 0 && !OidText().IsMatch(text))
        {
            Fatal(value, place, $"invalid object identifier: {text}", "Write numbers with dots between them, such as \"1.2.3.9\".");
        }

        return text;
    }

    [GeneratedRegex(
        @"^([01]\.[1-3]?[0-9]|2\.(0|[1-9][0-9]{0,17}))(\.(0|[1-9][0-9]{0,17})){0,63}\z",
        RegexOptions.CultureInvariant | RegexOptions.ECMAScript)]
    private static partial Regex OidText();

    /// <summary>The first moment of the year 1 means that no time is set.</summary>
    public DateTimeOffset? ReadTime(JsonValue value, Place place, DateTimeOffset? current)
    {
        const string Remedy = "Write a time such as \"2040-12-31T23:59:59Z\".";
        if (value.Kind == JsonKind.Null)
        {
            return current;
        }

        if (value.Kind != JsonKind.String)
        {
            Fatal(value, place, "Time.UnmarshalJSON: input is not a JSON string", Remedy);
            return current;
        }

        if (!Rfc3339.TryParse(value.GetString(), out DateTimeOffset time))
        {
            string text = Encoding.UTF8.GetString(value.Raw);
            Fatal(value, place, $"parsing time {text} as \"2006-01-02T15:04:05Z07:00\": cannot parse it", Remedy);
            return current;
        }

        return time == DateTimeOffset.MinValue ? null : time;
    }
}
