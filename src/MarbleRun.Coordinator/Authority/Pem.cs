using System.Diagnostics;
using System.Security.Cryptography;

namespace MarbleRun.Coordinator.Authority;

/// <summary>PEM as it is sent (RFC 7468): 64 columns, LF, and a final LF.</summary>
internal static class Pem
{
    public static string Certificate(ReadOnlySpan<byte> der) => PemEncoding.WriteString("CERTIFICATE", der) + "\n";

    /// <summary>The same as ASCII.</summary>
    /// <param name="der">The certificate.</param>
    /// <param name="rest">PEM that follows it.</param>
    public static byte[] CertificateBytes(ReadOnlySpan<byte> der, ReadOnlySpan<byte> rest = default) => Write("CERTIFICATE"u8, der, rest);

    /// <summary>ASCII, without another copy of the key.</summary>
    public static byte[] PrivateKeyBytes(ReadOnlySpan<byte> pkcs8) => Write("PRIVATE KEY"u8, pkcs8, rest: default);

    private static byte[] Write(ReadOnlySpan<byte> label, ReadOnlySpan<byte> content, ReadOnlySpan<byte> rest)
    {
        int length = PemEncoding.GetEncodedSize(label.Length, content.Length);
        byte[] pem = new byte[length + 1 + rest.Length];
        if (!PemEncoding.TryWriteUtf8(label, content, pem, out int written) || written != length)
        {
            throw new UnreachableException("The size of PEM is known before it is written.");
        }

        pem[length] = (byte)'\n';
        rest.CopyTo(pem.AsSpan(length + 1));
        return pem;
    }
}
