using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Simulation;
using MarbleRun.TestSupport.Snp;

namespace MarbleRun.Tee.Tests;

/// <summary>
/// What the hardware and the quoting service of a host are to a confidential virtual machine: signs TDX quotes by the software platform,
/// and reports of SEV-SNP by a hierarchy that the test made. The kernel module in the guest asks it (mesh/relay.c).
/// </summary>
internal sealed class EvidenceSigner : IAsyncDisposable
{
    private readonly IQuoteIssuer _tdx;
    private readonly SnpForge _snp;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _serving;

    public EvidenceSigner(SimulationPlatform platform, TdMeasurement td, SnpForge snp)
    {
        _tdx = platform.CreateTdxIssuer(td);
        _snp = snp;
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _serving;
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            try
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync();
                await AnswerAsync(client.GetStream());
            }
            catch (EndOfStreamException)
            {
                // The relay ended, with the provider that it served.
            }
            catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
            {
                return;
            }
        }
    }

    private async Task AnswerAsync(NetworkStream relay)
    {
        var request = new byte[1 + ReportData.Size];
        while (true)
        {
            await relay.ReadExactlyAsync(request);
            (byte[] evidence, byte[] auxiliary) = (char)request[0] switch
            {
                't' => ((await _tdx.IssueAsync(ReportData.FromBytes(request.AsSpan(1)))).RawData.ToArray(), Array.Empty<byte>()),
                's' => (Report(request.AsSpan(1)), CertificateTable.Of(_snp.Pki)),
                _ => throw new InvalidOperationException($"There is no provider that begins with {request[0]}."),
            };
            var sizes = new byte[2 * sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(sizes, evidence.Length);
            BinaryPrimitives.WriteInt32LittleEndian(sizes.AsSpan(sizeof(int)), auxiliary.Length);
            await relay.WriteAsync((byte[])[.. sizes, .. evidence, .. auxiliary]);
        }
    }

    private byte[] Report(ReadOnlySpan<byte> reportData)
    {
        reportData.CopyTo(_snp.Report.AsSpan(0x50));
        return _snp.Build();
    }
}
