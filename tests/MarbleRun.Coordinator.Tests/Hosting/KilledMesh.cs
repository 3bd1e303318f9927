using System.Globalization;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.Tests.Recovery;
using MarbleRun.Coordinator.Tests.Secrets;
using MarbleRun.Protos;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Hosting;

/// <summary>
/// What clients of a Coordinator that is killed again and again know: how often each kind of change was acknowledged. At most one of each
/// kind is under way.
/// </summary>
internal sealed class KilledMesh(TemporaryDirectory directory) : IDisposable
{
    private readonly UserClient _admin = new("admin");
    private readonly SimulationPlatform _platform = SimulationPlatform.Open(directory.File("simulation"));
    private byte[] _key = [];
    private long _acknowledged;

    /// <summary>What was acknowledged last: the value of the secret, how many activations, the number of the manifest.</summary>
    public int Secret { get; private set; }

    public int Activations { get; private set; }

    public int Manifest { get; private set; } = 2;

    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _admin.Dispose();

    /// <summary>Sets the first manifest, whose one party can open the state at any time.</summary>
    public async Task SetManifestAsync(ChildCoordinator coordinator)
    {
        using HttpClient client = CreateClient(coordinator);
        string body = await SendAsync(client, "/api/v2/manifest", new { manifest = CreateManifest(Manifest) });
        using var json = JsonDocument.Parse(body);
        _key = MeshToRecover.ReadShares(json.RootElement.GetProperty("data").GetProperty("RecoverySecrets"))["party 1"];
        await SendAsync(client, "/api/v2/secrets", SecretBody(0));
    }

    /// <summary>Changes everything until the Coordinator is gone.</summary>
    /// <param name="coordinator">The Coordinator.</param>
    /// <param name="enough">Becomes true after so many acknowledgments.</param>
    /// <param name="acknowledgments">So many.</param>
    public async Task ChangeUntilItDiesAsync(ChildCoordinator coordinator, TaskCompletionSource enough, long acknowledgments)
    {
        long until = Acknowledged + acknowledgments;
        using HttpClient client = CreateClient(coordinator);
        await Task.WhenAll(
            RepeatAsync(() => TryAsync(client, "/api/v2/secrets", SecretBody(Secret + 1)), () => Secret++),
            RepeatAsync(() => TryAsync(client, "/api/v2/update", new { manifest = CreateManifest(Manifest + 1) }), () => Manifest++),
            ActivateAsync());

        async Task ActivateAsync()
        {
            (X509Certificate2 certificate, byte[] csr) = CoordinatorHost.CreateMarbleCredentials("localhost");
            using var mesh = new MeshClient(coordinator.Mesh, certificate);
            Quote quote = await _platform
                .CreateIssuer(_platform.MeasureRunningProcess())
                .IssueAsync(ReportData.ForCertificate(certificate.RawData), Cancellation);
            var request = new ActivationReq
            {
                Quote = ByteString.CopyFrom(quote.ToEvidence()),
                CSR = ByteString.CopyFrom(csr),
                MarbleType = "counted",
                UUID = Guid.NewGuid().ToString(),
            };
            await RepeatAsync(() => TryActivateAsync(mesh, request), () => Activations++);
            certificate.Dispose();
        }

        async Task RepeatAsync(Func<Task<bool>> change, Action count)
        {
            try
            {
                while (true)
                {
                    if (!await change())
                    {
                        continue;
                    }

                    count();
                    if (Interlocked.Increment(ref _acknowledged) >= until)
                    {
                        enough.TrySetResult();
                    }
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException
                or RpcException { StatusCode: StatusCode.Unavailable or StatusCode.Internal or StatusCode.Cancelled })
            {
                enough.TrySetResult();
            }
        }
    }

    /// <summary>
    /// The state on the disk is what was acknowledged, or that and what was under way; from here on it is what was acknowledged.
    /// </summary>
    /// <returns>How many of what was under way became durable.</returns>
    public (int Kept, CoordinatorState State) Compare()
    {
        using var key = new SealingKey(_key);
        CoordinatorState state =
            new LockedState(File.ReadAllBytes(directory.File("seal/sealed_data")), "simulation", default, string.Empty).Open(key);
        int secret = int.Parse(Encoding.ASCII.GetString(state.Secrets["uploaded"].Public.Span), CultureInfo.InvariantCulture);
        int activations = (int)state.Activations.GetValueOrDefault("counted");
        int manifest = (int)state.Manifest!.Manifest.Marbles["limited"].MaxActivations;
        Assert.InRange(secret, Secret, Secret + 1);
        Assert.InRange(activations, Activations, Activations + 1);
        Assert.InRange(manifest, Manifest, Manifest + 1);
        int kept = secret - Secret + activations - Activations + manifest - Manifest;
        (Secret, Activations, Manifest) = (secret, activations, manifest);
        return (kept, state);
    }

    private byte[] CreateManifest(int number) => GovernedManifest.Create(_platform, _admin, 0, TestParty.Five[..1], budget: number);

    private static object SecretBody(int value) =>
        new { secrets = new { uploaded = new { Key = Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture)) } } };

    /// <returns>False if another change came between, so that it was refused.</returns>
    private static async Task<bool> TryAsync(HttpClient client, string path, object body)
    {
        using HttpResponseMessage response = await client.PostAsJsonAsync(path, body, Cancellation);
        string text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.IsSuccessStatusCode || text.Contains("again", StringComparison.Ordinal), text);
        return response.IsSuccessStatusCode;
    }

    private static async Task<bool> TryActivateAsync(MeshClient mesh, ActivationReq request)
    {
        try
        {
            await mesh.CallAsync(request);
            return true;
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.Aborted)
        {
            return false;
        }
    }

    private static async Task<string> SendAsync(HttpClient client, string path, object body)
    {
        using HttpResponseMessage response = await client.PostAsJsonAsync(path, body, Cancellation);
        string text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.IsSuccessStatusCode, text);
        return text;
    }

    private HttpClient CreateClient(ChildCoordinator coordinator) =>
        new(new SocketsHttpHandler
        {
            SslOptions =
        {
            ClientCertificates = [_admin.Certificate],
            RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
        }
        })
        {
            BaseAddress = new Uri($"https://{coordinator.Client}"),
        };
}
