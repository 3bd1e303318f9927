using System.Security.Cryptography;
using System.Text;

namespace MarbleRun.Coordinator.Authority;

/// <summary>PEM as it is sent (RFC 7468): 64 columns, LF, and a final LF.</summary>
internal static class Pem
{
    public static string Certificate(ReadOnlySpan<byte> der) => PemEncoding.WriteString("CERTIFICATE", der) + "\n";

    /// <summary>The same as ASCII.</summary>
    public static byte[] CertificateBytes(ReadOnlySpan<byte> der) => Encoding.ASCII.GetBytes(Certificate(der));

    /// <summary>ASCII, without a copy of the key in a string.</summary>
    public static byte[] PrivateKeyBytes(ReadOnlySpan<byte> pkcs8)
    {
        char[] text = PemEncoding.Write("PRIVATE KEY", pkcs8);
        byte[] pem = new byte[text.Length + 1];
        Encoding.ASCII.GetBytes(text, pem);
        pem[^1] = (byte)'\n';
        Array.Clear(text);
        return pem;
    }
}
