using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MarbleRun.Cli.Secrets;

/// <summary>Reads the certificate and the private key of one secret from PEM.</summary>
internal static class SecretPem
{
    /// <exception cref="InputException">The file has neither a certificate nor a key, or one that can't be used.</exception>
    public static SecretUploads Read(string path, string name, byte[] content)
    {
        char[] text = Encoding.UTF8.GetChars(content);
        CryptographicOperations.ZeroMemory(content);
        var certificates = new List<X509Certificate2>();
        byte[]? key = null;
        try
        {
            // What follows once both are there is ignored, as in the reference.
            ReadOnlySpan<char> rest = text;
            while ((certificates.Count == 0 || key is null) && PemEncoding.TryFind(rest, out PemFields fields))
            {
                string label = rest[fields.Label].ToString();
                ReadOnlySpan<char> block = rest[fields.Location];
                if (label == "CERTIFICATE")
                {
                    certificates.Add(X509CertificateLoader.LoadCertificate(Decode(rest[fields.Base64Data])));
                }
                else if (label.Contains("PRIVATE", StringComparison.Ordinal))
                {
                    key = ToPkcs8(path, label, block, Decode(rest[fields.Base64Data]));
                }
                else if (label != "EC PARAMETERS")
                {
                    throw new InputException($"unrecognized PEM type for secret: {label}");
                }

                rest = rest[fields.Location.End..];
            }

            if (certificates.Count == 0 && key is null)
            {
                throw new InputException($"found no certificate or private key in PEM data of {path}");
            }

            var uploads = new SecretUploads();
            uploads.Add(name, key: null, Choose(certificates, key)?.RawData, key);
            return uploads;
        }
        catch (CryptographicException e)
        {
            throw new InputException($"The PEM of {path} can't be used: {e.Message}", e);
        }
        finally
        {
            Array.Clear(text);
            certificates.ForEach(certificate => certificate.Dispose());
        }
    }

    /// <summary>Of a chain, the certificate whose key it is.</summary>
    private static X509Certificate2? Choose(List<X509Certificate2> certificates, byte[]? key) =>
        certificates.FirstOrDefault(certificate => key is not null && IsKeyOf(key, certificate)) ?? certificates.LastOrDefault();

    private static bool IsKeyOf(byte[] pkcs8, X509Certificate2 certificate)
    {
        try
        {
            using AsymmetricAlgorithm? key = certificate.GetKeyAlgorithm() switch
            {
                "1.2.840.113549.1.1.1" => RSA.Create(),
                "1.2.840.10045.2.1" => ECDsa.Create(),
                _ => null,
            };
            key?.ImportPkcs8PrivateKey(pkcs8, out _);
            return key is not null && key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(
                certificate.PublicKey.ExportSubjectPublicKeyInfo());
        }
        catch (CryptographicException)
        {
            // A key of another kind.
            return false;
        }
    }

    private static byte[] ToPkcs8(string path, string label, ReadOnlySpan<char> block, byte[] der)
    {
        switch (label)
        {
            case "ENCRYPTED PRIVATE KEY":
                throw new InputException(
                    $"The private key in {path} is encrypted. Decrypt it first, for instance with openssl pkcs8 -in FILE -out FILE.");
            case "RSA PRIVATE KEY":
                using (var rsa = RSA.Create())
                {
                    rsa.ImportFromPem(block);
                    CryptographicOperations.ZeroMemory(der);
                    return rsa.ExportPkcs8PrivateKey();
                }

            case "EC PRIVATE KEY":
                using (var ec = ECDsa.Create())
                {
                    ec.ImportFromPem(block);
                    CryptographicOperations.ZeroMemory(der);
                    return ec.ExportPkcs8PrivateKey();
                }

            default:
                return der;
        }
    }

    private static byte[] Decode(ReadOnlySpan<char> base64)
    {
        var bytes = new byte[base64.Length * 3 / 4 + 3];
        return Convert.TryFromBase64Chars(base64, bytes, out int count)
            ? bytes[..count]
            : throw new CryptographicException("A block is not base64.");
    }
}
