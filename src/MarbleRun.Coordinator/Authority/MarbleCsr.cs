using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Manifests.Certificates;
using MarbleRun.Primitives;

namespace MarbleRun.Coordinator.Authority;

/// <summary>Reads the names from a certificate signing request. Subject, key and all other extensions are ignored.</summary>
internal static class MarbleCsr
{
    private const int MaxSize = 32 * 1024;

    private const int MinRsaBits = 2048;

    private const int MinEcdsaBits = 256;

    /// <param name="der">PKCS#10.</param>
    /// <param name="certificate">The certificate of the connection, whose key the handshake proved.</param>
    /// <exception cref="CsrException">The request cannot be read, is not signed with its own key, or requests invalid names.</exception>
    public static CertificateNames ReadNames(ReadOnlySpan<byte> der, ReadOnlyMemory<byte> certificate)
    {
        ThrowIfLarge(der);

        CertificateRequest request = Load(
            der, CertificateRequestLoadOptions.SkipSignatureValidation, exception => $"parsing CSR: {exception.Message}");
        RequirePossession(request, der, certificate);
        return ReadNames(request);
    }

    /// <summary>Reads the names, and the key that is to be certified, whose possession the request proves.</summary>
    /// <param name="der">PKCS#10.</param>
    /// <exception cref="CsrException">
    /// The request cannot be read, is not signed with its own key, requests invalid names, or has a key that is not certified.
    /// </exception>
    public static (CertificateNames Names, PublicKey Key) Read(ReadOnlySpan<byte> der)
    {
        ThrowIfLarge(der);
        CertificateRequest request = Load(
            der, CertificateRequestLoadOptions.SkipSignatureValidation, exception => $"parsing CSR: {exception.Message}");
        RequireCertifiable(request.PublicKey);
        Load(der, CertificateRequestLoadOptions.Default, _ => "signature over CSR is invalid");
        return (ReadNames(request), request.PublicKey);
    }

    private static CertificateNames ReadNames(CertificateRequest request)
    {
        var dnsNames = new List<string>();
        var addresses = new List<IPAddress>();
        foreach (X509Extension extension in request.CertificateExtensions.Where(e => e.Oid?.Value == Oids.AlternativeNames))
        {
            X509SubjectAlternativeNameExtension names = ReadExtension(extension);
            dnsNames.AddRange(names.EnumerateDnsNames());
            addresses.AddRange(names.EnumerateIPAddresses());
        }

        return SubjectNames.TryCreate(dnsNames, addresses, out SubjectNames? taken, out string? fault)
            ? new CertificateNames(taken.DnsNames, taken.Addresses)
            : throw new CsrException($"parsing CSR: {fault}");
    }

    /// <summary>The handshake has proved possession of its key already; any other key is verified here, and must be strong
    /// enough.</summary>
    private static void RequirePossession(CertificateRequest request, ReadOnlySpan<byte> der, ReadOnlyMemory<byte> certificate)
    {
        if (IsKeyOf(certificate, request.PublicKey))
        {
            return;
        }

        RequireStrength(request.PublicKey);
        Load(der, CertificateRequestLoadOptions.Default, _ => "signature over CSR is invalid");
    }

    private static void ThrowIfLarge(ReadOnlySpan<byte> der)
    {
        if (der.Length > MaxSize)
        {
            throw new CsrException($"parsing CSR: {der.Length} bytes; at most {MaxSize} are read");
        }
    }

    /// <summary>Every peer must be able to verify the key, and at little cost.</summary>
    private static void RequireCertifiable(PublicKey key)
    {
        if (key.Oid.Value != Oids.Ec || ReadCurve(key) is not (Oids.P256 or Oids.P384))
        {
            throw new CsrException("parsing CSR: its key is not ECDSA on P-256 or P-384");
        }

        RequireStrength(key);
    }

    private static string? ReadCurve(PublicKey key)
    {
        try
        {
            return new AsnReader(key.EncodedParameters?.RawData ?? [], AsnEncodingRules.DER).ReadObjectIdentifier();
        }
        catch (AsnContentException)
        {
            // Parameters that are not the name of a curve.
            return null;
        }
    }

    /// <summary>A certificate that is not DER, which OpenSSL accepts, says nothing: then the request proves its key itself.</summary>
    private static bool IsKeyOf(ReadOnlyMemory<byte> certificate, PublicKey key)
    {
        try
        {
            return IssuedCertificate.ReadPublicKey(certificate).Span.SequenceEqual(key.ExportSubjectPublicKeyInfo());
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    private static void RequireStrength(PublicKey key)
    {
        try
        {
            using AsymmetricAlgorithm? algorithm = (AsymmetricAlgorithm?)key.GetECDsaPublicKey() ?? key.GetRSAPublicKey();
            if (algorithm is null || algorithm.KeySize < (algorithm is RSA ? MinRsaBits : MinEcdsaBits))
            {
                throw new CsrException(
                    $"parsing CSR: its key is neither RSA of at least {MinRsaBits} bits nor ECDSA of at least {MinEcdsaBits}");
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
                der.ToArray(),
                HashAlgorithmName.SHA256,
                options | CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions,
                RSASignaturePadding.Pkcs1);
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
}

/// <summary>A certificate signing request was refused; the message goes to the caller.</summary>
internal sealed class CsrException(string message, Exception? innerException = null) : Exception(message, innerException);
