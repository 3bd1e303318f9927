using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using MarbleRun.Cli.Output;
using MarbleRun.Management;

namespace MarbleRun.Cli.Secrets;

/// <summary>Secrets for people: the labels of the reference, sorted by name, PEM instead of numbers.</summary>
internal sealed class SecretsResult(IReadOnlyDictionary<string, MeshSecret> secrets) : Result
{
    private const string NotSet = "(not set)";

    private IEnumerable<KeyValuePair<string, MeshSecret>> Sorted => secrets.OrderBy(s => s.Key, StringComparer.Ordinal);

    public override void WriteText(TextWriter output)
    {
        foreach ((string name, MeshSecret secret) in Sorted)
        {
            output.WriteLine($"{SafeText.Of(name)}:");
            Line(output, "Type:", secret.Type);
            if (secret.Type == "plain")
            {
                Line(output, "Data:", Base64(secret.Public));
            }
            else
            {
                Line(output, "UserDefined:", secret.IsUserDefined ? "true" : "false");
                if (secret.Type != "cert-ed25519")
                {
                    Line(output, "Size:", secret.Size.ToString(CultureInfo.InvariantCulture));
                }

                WriteKeys(output, secret);
            }

            output.WriteLine();
        }
    }

    public override void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject("secrets");
        foreach ((string name, MeshSecret secret) in Sorted)
        {
            json.WriteStartObject(name);
            json.WriteString("type", secret.Type);
            json.WriteNumber("size", secret.Size);
            json.WriteBoolean("shared", secret.IsShared);
            json.WriteBoolean("userDefined", secret.IsUserDefined);
            if (HasCertificate(secret))
            {
                json.WriteNumber("validFor", secret.ValidFor);
                json.WriteString("certificate", Pem("CERTIFICATE", secret.Certificate));
                json.WriteString("publicKey", Pem("PUBLIC KEY", secret.Public));
                json.WriteString("privateKey", Pem("PRIVATE KEY", secret.Private));
            }
            else
            {
                json.WriteString("value", secret.Public.IsEmpty ? null : Convert.ToBase64String(secret.Public.Span));
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteKeys(TextWriter output, MeshSecret secret)
    {
        if (!HasCertificate(secret))
        {
            Line(output, "Key:", Base64(secret.Public));
            return;
        }

        Line(output, "Valid For:", secret.ValidFor.ToString(CultureInfo.InvariantCulture));
        Block(output, "Certificate:", Pem("CERTIFICATE", secret.Certificate));
        Block(output, "Public Key:", Pem("PUBLIC KEY", secret.Public));
        Block(output, "Private Key:", Pem("PRIVATE KEY", secret.Private));
    }

    private static bool HasCertificate(MeshSecret secret) => secret.Type is not ("symmetric-key" or "plain");

    private static string Base64(ReadOnlyMemory<byte> bytes) => bytes.IsEmpty ? NotSet : Convert.ToBase64String(bytes.Span);

    private static string? Pem(string label, ReadOnlyMemory<byte> der) => der.IsEmpty ? null : PemEncoding.WriteString(label, der.Span);

    private static void Line(TextWriter output, string label, string value) => output.WriteLine($"\t{label,-14} {SafeText.Of(value)}");

    /// <summary>PEM starts on a line of its own, so that it can be copied.</summary>
    private static void Block(TextWriter output, string label, string? pem)
    {
        if (pem is null)
        {
            Line(output, label, NotSet);
            return;
        }

        output.WriteLine($"\t{label}");
        output.WriteLine(pem);
    }
}
