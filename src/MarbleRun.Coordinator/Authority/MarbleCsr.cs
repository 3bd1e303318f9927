using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Coordinator.Authority;

/// <summary>Reads from a certificate signing request what it may decide: the names. Subject, key and all other extensions are not taken.</summary>
internal static class MarbleCsr
{
    private const int MaxSize = 32 * 1024;

    /// <summary>Whoever meets the certificate compares with all of them.</summary>
    private const int MaxNames = 100;

    private const int MinRsaBits = 2048;

    private const int MinEcdsaBits = 256;

    /// <param name="der">PKCS#10.</param>
    /// <param name="certificate">The certificate of the connection, whose key the handshake proved.</param>
    /// <exception cref="CsrException">The request cannot be read, is not signed by its own key, or asks for impossible names.</exception>
    public static CertificateNames ReadNames(ReadOnlySpan<byte> der, ReadOnlySpan<byte> certificate)
    {
        if (der.Length > MaxSize)
        {
            throw new CsrException($"parsing CSR: {der.Length} bytes; at most {MaxSize} are read");
        }

        CertificateRequest request = Load(der, CertificateRequestLoadOptions.SkipSignatureValidation, exception => $"parsing CSR: {exception.Message}");
        DemandPossession(request, der, certificate);
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

        if (addresses.FirstOrDefault(a => a.IsIPv4MappedToIPv6) is { } mapped)
        {
            throw new CsrException($"parsing CSR: {mapped} is an IPv4 address in IPv6, a second spelling; ask for {mapped.MapToIPv4()}");
        }

        return dnsNames.Count + addresses.Count <= MaxNames
            ? new CertificateNames(dnsNames, addresses)
            : throw new CsrException($"parsing CSR: {dnsNames.Count + addresses.Count} names; at most {MaxNames} are taken");
    }

    /// <summary>The handshake has proved possession of its key already; any other key proves itself here, and must be worth the proof.</summary>
    private static void DemandPossession(CertificateRequest request, ReadOnlySpan<byte> der, ReadOnlySpan<byte> certificate)
    {
        using X509Certificate2 leaf = X509CertificateLoader.LoadCertificate(certificate);
        if (IsSameKey(request.PublicKey, leaf.PublicKey))
        {
            return;
        }

        DemandStrength(request.PublicKey);
        Load(der, CertificateRequestLoadOptions.Default, _ => "signature over CSR is invalid");
    }

    private static bool IsSameKey(PublicKey one, PublicKey other) =>
        one.Oid.Value == other.Oid.Value
        && one.EncodedKeyValue.RawData.AsSpan().SequenceEqual(other.EncodedKeyValue.RawData)
        && (one.EncodedParameters?.RawData).AsSpan().SequenceEqual((other.EncodedParameters?.RawData).AsSpan());

    private static void DemandStrength(PublicKey key)
    {
        try
        {
            using AsymmetricAlgorithm? algorithm = (AsymmetricAlgorithm?)key.GetECDsaPublicKey() ?? key.GetRSAPublicKey();
            if (algorithm is null || algorithm.KeySize < (algorithm is RSA ? MinRsaBits : MinEcdsaBits))
            {
                throw new CsrException($"parsing CSR: its key is neither RSA of at least {MinRsaBits} bits nor ECDSA of at least {MinEcdsaBits}");
            }
        }
        catch (CryptographicException exception)
        {
            throw new CsrException($"parsing CSR: {exception.Message}", exception);
        }
    }

    private static CertificateRequest Load(ReadOnlySpan<byte> der, CertificateRequestLoadOptions options, Func<Exception, string> describe)
    {
        try
        {
            return CertificateRequest.LoadSigningRequest(
                der.ToArray(), HashAlgorithmName.SHA256, options | CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions, RSASignaturePadding.Pkcs1);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException or NotSupportedException)
        {
            throw new CsrException(describe(exception), exception);
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

    /// <summary>
    /// Letters, digits, hyphen, underscore and dots, and a wildcard as the whole first label (RFC 1034, 3.5; RFC 9525, 6.3); no IPv4 address.
    /// </summary>
    private static bool IsHostName(string name)
    {
        string[] labels = name.Split('.');
        return name.Length is > 0 and <= 253
            && !labels[^1].All(char.IsAsciiDigit)
            && labels.Select((label, index) => (label, index)).All(l =>
                (l.index == 0 && labels.Length > 1 && l.label == "*")
                || (l.label.Length is > 0 and <= 63 && l.label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')));
    }
}
