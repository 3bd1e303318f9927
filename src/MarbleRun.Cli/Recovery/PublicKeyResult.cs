using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Recovery;

/// <summary>The public key of a Coordinator in recovery.</summary>
internal sealed class PublicKeyResult(ReadOnlyMemory<byte> subjectPublicKeyInfo) : Result
{
    private readonly string _pem = PemEncoding.WriteString("PUBLIC KEY", subjectPublicKeyInfo.Span);

    public byte[] ToBytes() => Encoding.ASCII.GetBytes(_pem + "\n");

    public override void WriteText(TextWriter output) => output.WriteLine(_pem);

    public override void WriteJson(Utf8JsonWriter json)
    {
        json.WriteString("algorithm", "RSA");
        json.WriteString("publicKey", _pem);
    }
}
