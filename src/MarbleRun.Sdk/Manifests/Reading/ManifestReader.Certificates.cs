using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using MarbleRun.Manifests.Json;

namespace MarbleRun.Manifests.Reading;

/// <summary>Templates of certificates: their members are checked for type here, where faults have a place, and kept as text for the authority.</summary>
internal sealed partial class ManifestReader
{
    private ReadOnlyMemory<byte> ReadCertificateTemplate(JsonValue value, Place place)
    {
        switch (value.Kind)
        {
            case JsonKind.Null:
                return default;

            case JsonKind.String:
                return ReadCertificateBytes(value, place);

            case JsonKind.Object:
                int mismatches = _mismatches.Count;
                CheckStructure(value, place, CertificateShapes.Certificate);
                MakeFatal(mismatches);
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

    private void CheckStructure(JsonValue structure, Place structurePlace, Shape shape) =>
        ReadStructure(structure, structurePlace, shape, shape, (_, name, value, place) =>
        {
            Check(value, place, shape.Find(name)!.Form);
            return shape;
        });

    private void Check(JsonValue value, Place place, Form form)
    {
        switch (form.Kind)
        {
            case FormKind.Text:
                ReadString(value, place, string.Empty);
                break;

            case FormKind.Flag:
                ReadBool(value, place, false);
                break;

            case FormKind.Integer:
                CheckInteger(value, place, form.Type);
                break;

            case FormKind.Bytes:
                ReadBytes(value, place, default);
                break;

            case FormKind.Time:
                CheckTime(value, place);
                break;

            case FormKind.Address:
                CheckAddress(value, place);
                break;

            case FormKind.Oid:
                CheckOid(value, place);
                break;

            case FormKind.List:
                ReadArray(value, place, [], form.Type, form, (item, itemPlace, _) =>
                {
                    Check(item, itemPlace, form.Inner!);
                    return form;
                });
                break;

            case FormKind.Structure:
                CheckStructure(value, place, form.Shape!);
                break;
        }
    }

    private void CheckInteger(JsonValue value, Place place, string type)
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
    }

    private void CheckAddress(JsonValue value, Place place)
    {
        string text = ReadString(value, place, string.Empty);
        if (text.Length > 0 && !IsAddress(text))
        {
            Fatal(value, place, $"invalid IP address: {text}", "Write an IPv4 or IPv6 address.");
        }
    }

    /// <summary>The runtime also takes short and octal IPv4 addresses, and IPv6 ones with brackets, ports and zones.</summary>
    private static bool IsAddress(string text) =>
        IPAddress.TryParse(text, out IPAddress? address)
        && (address.AddressFamily == AddressFamily.InterNetwork ? address.ToString() == text : !text.AsSpan().ContainsAny('[', '%'));

    private void CheckOid(JsonValue value, Place place)
    {
        string text = ReadString(value, place, string.Empty);
        if (text.Length > 0 && !OidText().IsMatch(text))
        {
            Fatal(value, place, $"invalid object identifier: {text}", "Write numbers with dots between them, such as \"1.2.3.9\".");
        }
    }

    [GeneratedRegex(@"^([01]\.[1-3]?[0-9]|2\.(0|[1-9][0-9]{0,17}))(\.(0|[1-9][0-9]{0,17})){0,63}\z", RegexOptions.CultureInvariant | RegexOptions.ECMAScript)]
    private static partial Regex OidText();

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
