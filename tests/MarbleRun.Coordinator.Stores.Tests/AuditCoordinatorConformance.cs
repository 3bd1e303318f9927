using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using MarbleRun.Audit;
using MarbleRun.Coordinator.Stores.Tests.Faults;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>Whole Coordinators whose records are in a store that they share.</summary>
[Trait("Security", "G6")]
public abstract class AuditCoordinatorConformance(StoreServer server) : IDisposable
{
    private static readonly string[] s_names = ["first", "second"];

    private readonly string _deployment = $"test-{Guid.NewGuid():N}";
    private readonly string _network = $"127.{Random.Shared.Next(1, 255)}.{Random.Shared.Next(256)}";
    private readonly TemporaryDirectory _directory = new();
    private readonly X509Certificate2 _auditor = CreateCertificate("auditor");
    private readonly X509Certificate2 _unknown = CreateCertificate("unknown");

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected abstract void Use(IServiceCollection services);

    public void Dispose()
    {
        _directory.Dispose();
        _auditor.Dispose();
        _unknown.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Records_OfAMachineThatWasLost_AreReadFromAnotherOneAndGoOn()
    {
        AuditHead last;
        await using (CoordinatorHost second = await StartAsync("second", "second"))
        {
            await using (CoordinatorHost first = await StartAsync("first", "first"))
            {
                await SetManifestAsync(first);

                // A refused login is a record that no change of the state follows.
                await SendAsync(first, _unknown, "/secrets?s=a");
                last = Head((await SendAsync(first, _auditor, "/api/v2/audit")).Data);
                Assert.Equal("user.login", Records((await SendAsync(first, _auditor, "/api/v2/audit")).Data)[^1].Action);
            }

            // The machine has nothing that could be lost.
            Assert.False(Directory.Exists(_directory.File("first")));
            JsonElement found = (await SendAsync(second, _auditor, "/api/v2/audit?replica=first")).Data;

            Assert.Equal((last, "first"), (Head(found), found.GetProperty("replica").GetString()));
            Assert.Equal(Enumerable.Range(1, (int)last.Sequence).Select(i => (long)i), Records(found).Select(r => r.Sequence));
            AssertWhole(found);
            Assert.Contains("manifest.set", Records(found).Select(r => r.Action));
            AuditHead known = Head(
                found.GetProperty("heads").EnumerateArray().Single(h => h.GetProperty("replica").GetString() == "first"));
            Assert.InRange(known.Sequence, 1, last.Sequence - 1);

            UserAnswer unknown = (await SendAsync(second, _auditor, "/api/v2/audit?replica=third"))!;
            Assert.Equal(HttpStatusCode.BadRequest, unknown.Status);
            Assert.Contains("replica must be one of ", unknown.Body, StringComparison.Ordinal);

            await using CoordinatorHost again = await StartAsync("first", "first on another machine");
            await SendAsync(again, _unknown, "/secrets?s=a");
            found = (await SendAsync(again, _auditor, "/api/v2/audit")).Data;
            Assert.True(Head(found).Sequence > last.Sequence);
            AssertWhole(found);
        }
    }

    [Fact]
    public async Task Start_RecordThatWasChangedInTheStore_IsRefused()
    {
        await using (CoordinatorHost first = await StartAsync("first", "first"))
        {
            await SetManifestAsync(first);
            await SendAsync(first, _unknown, "/secrets?s=a");
            await server.ChangeRecordAsync(
                _deployment, "first", Head((await SendAsync(first, _auditor, "/api/v2/audit")).Data).Sequence - 1);
        }

        MarbleRunException refused = await Assert.ThrowsAnyAsync<MarbleRunException>(() => StartAsync("first", "first"));

        Assert.Contains("The audit trail of 'first' in the store was changed", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Decide_TwoCoordinatorsWithOneName_OneOfThemRefusesAndSaysWhy()
    {
        await using CoordinatorHost one = await StartAsync("first", "first");
        await using CoordinatorHost other = await StartAsync("first", "second");
        await SetManifestAsync(one);
        await SendAsync(one, _unknown, "/secrets?s=a");
        await SendAsync(other, _unknown, "/secrets?s=a");
        await SendAsync(one, _unknown, "/secrets?s=b");

        JsonElement found = (await SendAsync(one, _auditor, "/api/v2/audit")).Data;

        AssertWhole(found);
        string[] failures =
        [
            .. other.Logs.Entries.Concat(one.Logs.Entries).Where(e => e.Contains("AuditNotWritten", StringComparison.Ordinal)),
        ];
        Assert.NotEmpty(failures);
        Assert.All(failures, e => Assert.Contains("Another Coordinator has the same name", e, StringComparison.Ordinal));
    }

    private static X509Certificate2 CreateCertificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate =
            new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddMinutes(-5), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }

    private static AuditHead Head(JsonElement data)
    {
        JsonElement head = data.TryGetProperty("head", out JsonElement own) ? own : data;
        return new AuditHead(head.GetProperty("sequence").GetInt64(), head.GetProperty("hash").GetString()!);
    }

    private static AuditPage Page(JsonElement data) => new(
        [.. data.GetProperty("records").EnumerateArray().Select(r => (ReadOnlyMemory<byte>)Encoding.Latin1.GetBytes(r.GetString()!))],
        Head(data));

    private static AuditRecord[] Records(JsonElement data) => [.. Page(data).Records];

    private static void AssertWhole(JsonElement data) => Assert.Empty(Page(data).Verify(AuditHead.Start).Faults);

    private static async Task<UserAnswer> SendAsync(CoordinatorHost host, X509Certificate2 user, string path)
    {
        using var caller = new UserCaller(user, [host.Client.Port], TimeSpan.FromSeconds(30));
        UserAnswer? answer = await caller.SendAsync(0, HttpMethod.Get, path, null, Token);
        Assert.NotNull(answer);
        return answer;
    }

    private async Task SetManifestAsync(CoordinatorHost host)
    {
        string manifest = JsonSerializer.Serialize(new
        {
            Packages = new { p = new { UniqueID = new string('1', 64) } },
            Marbles = new { m = new { Package = "p", Parameters = new { } } },
            Users = new { auditor = new { Certificate = _auditor.ExportCertificatePem(), Roles = (string[])["auditor"] } },
            Roles = new { auditor = new { ResourceType = "Audit", Actions = (string[])["ReadAudit"] } },
        });
        using HttpClient client = host.CreateClient();
        using HttpResponseMessage response = await client.PostAsync(
            new Uri("/manifest", UriKind.Relative), new StringContent(manifest), Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private Task<CoordinatorHost> StartAsync(string name, string machine) => CoordinatorHost.StartAsync(
        _directory,
        Use,
        [
            ("SealDirectory", _directory.File(machine)),
            ("Store:Replica", name),
            ("Store:Audit", "Store"),
            ("Peers:Address", $"{_network}.{(machine == "second" ? 2 : 1)}:5433"),
            ("Peers:Addresses", string.Join(',', s_names.Select((_, i) => $"{_network}.{i + 1}:5433"))),
            .. server.Settings(_deployment).Select(s => (s.Key["Coordinator:".Length..], s.Value)),
        ]);
}
