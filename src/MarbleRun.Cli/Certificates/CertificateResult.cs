using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Certificates;

/// <summary>Certificates that were written to a file.</summary>
internal sealed class CertificateResult(string title, string path, IReadOnlyList<X509Certificate2> certificates) : Result
{
    public override void WriteText(TextWriter output) => output.WriteLine($"{title} written to {path}");

    public override void WriteJson(Utf8JsonWriter json)
    {
        json.WriteString("file", path);
        json.WriteStartArray("certificates");
        foreach (X509Certificate2 certificate in certificates)
        {
            json.WriteStartObject();
            json.WriteString("subject", certificate.Subject);
            json.WriteString("sha256", certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant());
            json.WriteString("notBefore", certificate.NotBefore.ToUniversalTime());
            json.WriteString("notAfter", certificate.NotAfter.ToUniversalTime());
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
