using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Coordinator.Authority;

/// <summary>Reads from a certificate signing request what it may decide: the names. Subject, key and all other extensions are not taken.</summary>
internal static class MarbleCsr
{
    private const int MaxSize = 32 * 1024;

    /// <exception cref="CsrException">The request cannot be read, is not signed by its own key, or asks for impossible names.</exception>
    public static CertificateNames ReadNames(ReadOnlySpan<byte> der)
    {
        if (der.Length > MaxSize)
        {
            throw new CsrException($"parsing CSR: {der.Length} bytes; at most {MaxSize} are read");
        }

        CertificateRequest request = Load(der);
        var dnsNames = new List<string>();
        var addresses = new List<IPAddress>();
        foreach (X509Extension extension in request.CertificateExtensions.Where(e => e.Oid?.Value == "2.5.29.17"))
        {
            X509SubjectAlternativeNameExtension names = ReadExtension(extension);
            dnsNames.AddRange(names.EnumerateDnsNames());
            addresses.AddRange(names.EnumerateIPAddresses());
        }

        if (dnsNames.FirstOrDefault(n => !IsHostName(n)) is { } bad)
        {
            throw new CsrException($"parsing CSR: \"{new string([.. bad.Take(64).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '?')])}\" is not a DNS name");
        }

        return new CertificateNames(dnsNames, addresses);
    }

    private static CertificateRequest Load(ReadOnlySpan<byte> der)
    {
        const CertificateRequestLoadOptions WithExtensions = CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions;
        CertificateRequest request;
        try
        {
            request = CertificateRequest.LoadSigningRequest(
                der.ToArray(), HashAlgorithmName.SHA256, WithExtensions | CertificateRequestLoadOptions.SkipSignatureValidation, RSASignaturePadding.Pkcs1);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException or NotSupportedException)
        {
            throw new CsrException($"parsing CSR: {exception.Message}", exception);
        }

        try
        {
            CertificateRequest.LoadSigningRequest(der.ToArray(), HashAlgorithmName.SHA256, WithExtensions, RSASignaturePadding.Pkcs1);
            return request;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException or NotSupportedException)
        {
            throw new CsrException("signature over CSR is invalid", exception);
        }
    }

    private static X509SubjectAlternativeNameExtension ReadExtension(X509Extension extension)
    {
        try
        {
            return new X509SubjectAlternativeNameExtension(extension.RawData, extension.Critical);
        }
        catch (CryptographicException exception)
        {
            throw new CsrException($"parsing CSR: {exception.Message}", exception);
        }
    }

    /// <summary>Letters, digits, hyphen, underscore and dots, and a wildcard as the whole first label (RFC 1034, 3.5; RFC 6125, 6.4.3).</summary>
    private static bool IsHostName(string name)
    {
        string[] labels = name.Split('.');
        return name.Length is > 0 and <= 253
            && labels.Select((label, index) => (label, index)).All(l =>
                (l.index == 0 && labels.Length > 1 && l.label == "*")
                || (l.label.Length is > 0 and <= 63 && l.label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')));
    }
}
