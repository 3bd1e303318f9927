using System.Security.Cryptography;

namespace MarbleRun.Coordinator.Authority;

/// <summary>PEM as it stands on the wire (RFC 7468): 64 columns, LF, and a final LF.</summary>
internal static class Pem
{
    public static string Certificate(ReadOnlySpan<byte> der) => PemEncoding.WriteString("CERTIFICATE", der) + "\n";

    public static string PrivateKey(ReadOnlySpan<byte> pkcs8) => PemEncoding.WriteString("PRIVATE KEY", pkcs8) + "\n";
}
