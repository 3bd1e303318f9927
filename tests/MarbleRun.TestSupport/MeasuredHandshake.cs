using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.TestSupport;

/// <summary>A client's handshake, and how many bytes it sent behind its ClientHello.</summary>
/// <param name="IsAnswered">Whether the server answered to the bytes of the application behind the handshake.</param>
/// <param name="Sent">The bytes from the end of the first record to the end of the handshake.</param>
public sealed record MeasuredHandshake(bool IsAnswered, long Sent)
{
    private const int HeaderSize = 5;

    /// <summary>Shakes hands and sends a request.</summary>
    /// <param name="port">Where to.</param>
    /// <param name="protocol">The version of TLS.</param>
    /// <param name="chain">The client's certificates.</param>
    /// <param name="http2">Whether HTTP/2 is spoken.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<MeasuredHandshake> SendAsync(
        IPEndPoint port, SslProtocols protocol, SslStreamCertificateContext? chain, bool http2, CancellationToken cancellationToken)
    {
        using var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync(port, cancellationToken);
        var counting = new CountingStream(tcp.GetStream());
        await using var ssl = new SslStream(counting, leaveInnerStreamOpen: false, (_, shown, _, _) => shown is not null);
        long sent = 0;
        try
        {
            await ssl.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "localhost",
                    EnabledSslProtocols = protocol,
                    ClientCertificateContext = chain,
                    ApplicationProtocols = [http2 ? SslApplicationProtocol.Http2 : SslApplicationProtocol.Http11],
                    AllowTlsResume = false,
                },
                cancellationToken);
            sent = counting.Written - counting.FirstRecord;
            await ssl.WriteAsync(
                http2
                    ? "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x4\0\0\0\0\0"u8.ToArray()
                    : "GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), cancellationToken);
            return new MeasuredHandshake(await ssl.ReadAsync(new byte[100], cancellationToken) > 0, sent);
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException)
        {
            return new MeasuredHandshake(IsAnswered: false, sent == 0 ? counting.Written - counting.FirstRecord : sent);
        }
    }

    /// <summary>A certificate whose size follows a number to the byte. Its key is RSA, so that every signature has one length.</summary>
    /// <param name="key">The key.</param>
    /// <param name="padding">The bytes of an extension, 300 at least.</param>
    /// <param name="issuers">Certificates that it is sent with, each the issuer of the one before.</param>
    public static SslStreamCertificateContext CreateChain(RSA key, int padding, int issuers = 0)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        var generator = X509SignatureGenerator.CreateForRSA(key, RSASignaturePadding.Pkcs1);
        var sent = new X509Certificate2Collection();

        // The platform leaves out the last one if it is signed by itself.
        for (int i = issuers; i > 0; i--)
        {
            var request = new CertificateRequest($"CN=issuer {i}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            request.CertificateExtensions.Add(
                new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
            sent.Insert(
                0, request.Create(new X500DistinguishedName($"CN=issuer {i + 1}"), generator, now.AddDays(-1), now.AddDays(1), [1]));
        }

        var leaf = new CertificateRequest("CN=padded", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        leaf.CertificateExtensions.Add(new X509Extension("1.2.3.4", new byte[padding], critical: false));
        X509Certificate2 certificate = leaf.Create(
            new X500DistinguishedName("CN=issuer 1"), generator, now.AddDays(-1), now.AddDays(1), [1]);
        return SslStreamCertificateContext.Create(certificate.CopyWithPrivateKey(key), sent, offline: true);
    }

    private sealed class CountingStream(Stream inner) : Stream
    {
        private readonly byte[] _header = new byte[HeaderSize];

        public long Written { get; private set; }

        /// <summary>The whole length of the record that the client began with.</summary>
        public long FirstRecord => HeaderSize + (_header[3] << 8) + _header[4];

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer, cancellationToken);

        public override void Write(byte[] buffer, int offset, int count)
        {
            Count(buffer.AsSpan(offset, count));
            inner.Write(buffer, offset, count);
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Count(buffer.Span);
            return inner.WriteAsync(buffer, cancellationToken);
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }

        private void Count(ReadOnlySpan<byte> bytes)
        {
            for (int i = 0; i < bytes.Length && Written + i < HeaderSize; i++)
            {
                _header[Written + i] = bytes[i];
            }

            Written += bytes.Length;
        }
    }
}
