using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.Identities;
using MarbleRun.Coordinator.Revocation;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Trust;
using MarbleRun.Coordinator.Tests.Counters;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Coordinator.Tests.Revocation;

/// <summary>The certificate revocation list, for peers that know nothing of this project.</summary>
public sealed class RevocationListTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Crl_RevokedMarble_IsRefusedByOpenSslAndTheOtherIsNot()
    {
        await using GovernedMesh mesh = await RevokingMesh.StartAsync();
        using X509Certificate2 revoked = await mesh.EnterAsync();
        using X509Certificate2 other = await mesh.EnterAsync();
        using var folder = new TemporaryDirectory();
        string root = folder.File("root.pem");
        await File.WriteAllTextAsync(root, mesh.State.Authority.MarbleRoot.ExportCertificatePem(), Cancellation);
        string before = await FetchAsync(mesh, folder, "before");
        Assert.Contains(
            "No Revoked Certificates",
            await OpenSsl.RunAsync("crl", "-in", before, "-noout", "-text"),
            StringComparison.Ordinal);

        (await mesh.RevokeAsync(mesh.Anna, "Certificate", RevokingMesh.HashOf(revoked))).Require();

        string after = await FetchAsync(mesh, folder, "after");
        string text = await OpenSsl.RunAsync("crl", "-in", after, "-noout", "-text", "-CAfile", root, "-verify");
        Assert.Contains("verify OK", text, StringComparison.Ordinal);
        Assert.Contains("Version 2", text, StringComparison.Ordinal);
        Assert.Contains(revoked.SerialNumber.TrimStart('0'), text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(other.SerialNumber.TrimStart('0'), text, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("OK", await VerifyAsync(folder, other, root, after), StringComparison.Ordinal);
        Assert.Contains("certificate revoked", await VerifyAsync(folder, revoked, root, after), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Crl_OfManyCallers_IsSignedOnceUntilSomethingChanges()
    {
        await using GovernedMesh mesh = await RevokingMesh.StartAsync();
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var identities = new MarbleRegistry(clock);
        var lists = new RevocationListService(identities, clock);
        CoordinatorState state = mesh.State;

        ReadOnlyMemory<byte> first = lists.Get(state);
        using X509Certificate2 marble = await mesh.EnterAsync();
        identities.RecordShown(marble);
        clock.Advance(TimeSpan.FromMinutes(29));

        Assert.Equal(first, lists.Get(state));
        clock.Advance(TimeSpan.FromMinutes(2));
        ReadOnlyMemory<byte> second = lists.Get(state);
        Assert.NotEqual(first, second);

        var revocation = new MarbleRevocation(1, new RevocationSubject(RevocationKind.MarbleType, "web"), ["web"], "r", [])
        {
            Since = clock.GetUtcNow(),
        };
        CoordinatorState revoked = state with { Revocations = state.Revocations.With(revocation) };
        Assert.True(Contains(lists.Get(revoked), marble));
        Assert.Equal(lists.Get(revoked), lists.Get(revoked));

        // Known again after a restart: it is in the list some seconds later.
        using X509Certificate2 late = await mesh.EnterAsync();
        identities.RecordShown(late);
        Assert.False(Contains(lists.Get(revoked), late));
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.True(Contains(lists.Get(revoked), late));
        Assert.Equal([1, 2, 3, 4], new[] { first, second, lists.Get(state), lists.Get(revoked) }
            .Select(Number).Order().Select((_, index) => index + 1));
        Assert.Equal(4, new[] { first, second, lists.Get(state), lists.Get(revoked) }.Select(Number).Distinct().Count());
    }

    [Fact]
    [Trait("Security", "D4")]
    public async Task Crl_AfterRestart_HasTheCertificatesThatWereKnownAtTheRevocation()
    {
        await using GovernedMesh mesh = await RevokingMesh.StartAsync();
        using X509Certificate2 revoked = await mesh.EnterAsync();
        using X509Certificate2 other = await mesh.EnterAsync();
        (await mesh.RevokeAsync(mesh.Anna, "Certificate", RevokingMesh.HashOf(revoked))).Require();

        await mesh.RestartAsync();

        Assert.Empty(mesh.Host.Services.GetRequiredService<MarbleRegistry>().List());
        byte[] list = await FetchAsync(mesh);
        Assert.True(Contains(list, revoked));
        Assert.False(Contains(list, other));
        (await mesh.LiftAsync(mesh.Anna, "1")).Require();
        Assert.False(Contains(await FetchAsync(mesh), revoked));
    }

    [Fact]
    [Trait("Security", "D4")]
    public async Task Crl_RevokedMarbleThatIsFirstSeenAfterwards_IsKeptOverTheNextRestart()
    {
        await using GovernedMesh mesh = await RevokingMesh.StartAsync();
        using CounterMarble revoked = await CounterMarble.ActivateAsync(mesh);
        string hash = RevokingMesh.HashOf(revoked.Certificate);
        mesh.Host.Services.GetRequiredService<MarbleRegistry>().Forget(hash.ToLowerInvariant());
        (await mesh.RevokeAsync(mesh.Anna, "Certificate", hash)).Require();
        Assert.False(Contains(await FetchAsync(mesh), revoked.Certificate));

        var recorded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        mesh.Host.Services.GetRequiredService<CurrentState>().Published += state =>
        {
            if (!state.Revocations.All[0].Certificates.IsEmpty)
            {
                recorded.TrySetResult();
            }
        };

        Assert.Equal(CounterMarble.Unauthorized("this Marble is revoked (revocation 1)"), await revoked.RaiseAsync("n", 1));

        await recorded.Task.WaitAsync(Cancellation);

        await mesh.RestartAsync();
        Assert.True(Contains(await FetchAsync(mesh), revoked.Certificate));
    }

    [Fact]
    public async Task Crl_OfAnAuthorityBefore_HasNoCertificatesOfIt()
    {
        await using GovernedMesh mesh = await RevokingMesh.StartAsync();
        using X509Certificate2 old = await mesh.EnterAsync();
        (await mesh.UpdateAsync(m =>
        {
            RevokingMesh.SetRoles(m);
            m["Marbles"]!["signed"]!["MaxActivations"] = 5;
        })).Require();
        using X509Certificate2 current = await mesh.EnterAsync();
        (await mesh.RevokeAsync(mesh.Anna, "MarbleType", "web")).Require();
        using HttpClient client = mesh.Host.CreateClient();

        byte[] list = await client.GetByteArrayAsync(new Uri("/api/v2/crl", UriKind.Relative), Cancellation);

        Assert.True(Contains(list, current));
        Assert.False(Contains(list, old));
    }

    [Fact]
    public async Task DistributionPoint_WhenConfigured_IsInTheCertificatesOfMarbles()
    {
        await using GovernedMesh mesh = await RevokingMesh.StartAsync(
            settings: ("Authority:CrlDistributionPoint", "http://crl.example/api/v2/crl"));
        using X509Certificate2 marble = await mesh.EnterAsync();
        using var folder = new TemporaryDirectory();
        string file = folder.File("marble.pem");
        await File.WriteAllTextAsync(file, marble.ExportCertificatePem(), Cancellation);

        Assert.Contains(
            "URI:http://crl.example/api/v2/crl",
            await OpenSsl.RunAsync("x509", "-in", file, "-noout", "-ext", "crlDistributionPoints"),
            StringComparison.Ordinal);
    }

    private static async Task<byte[]> FetchAsync(GovernedMesh mesh)
    {
        using HttpClient client = mesh.Host.CreateClient();
        return await client.GetByteArrayAsync(new Uri("/api/v2/crl", UriKind.Relative), Cancellation);
    }

    private static bool Contains(ReadOnlyMemory<byte> list, X509Certificate2 certificate)
    {
        var builder = CertificateRevocationListBuilder.Load(list.Span, out _, out int length);
        Assert.Equal(list.Length, length);
        return builder.RemoveEntry(certificate.SerialNumberBytes.Span);
    }

    private static System.Numerics.BigInteger Number(ReadOnlyMemory<byte> list)
    {
        CertificateRevocationListBuilder.Load(list.Span, out System.Numerics.BigInteger number, out _);
        return number;
    }

    /// <summary>As any caller, without a certificate; the name of the file in PEM.</summary>
    private static async Task<string> FetchAsync(GovernedMesh mesh, TemporaryDirectory folder, string name)
    {
        using HttpClient client = mesh.Host.CreateClient();
        using HttpResponseMessage response = await client.GetAsync(new Uri("/api/v2/crl", UriKind.Relative), Cancellation);
        Assert.Equal(new MediaTypeHeaderValue("application/pkix-crl"), response.Content.Headers.ContentType);
        byte[] list = await response.Content.ReadAsByteArrayAsync(Cancellation);
        string file = folder.File(name + ".pem");
        await File.WriteAllTextAsync(file, System.Security.Cryptography.PemEncoding.WriteString("X509 CRL", list), Cancellation);
        return file;
    }

    private static async Task<string> VerifyAsync(TemporaryDirectory folder, X509Certificate2 leaf, string root, string list)
    {
        string file = folder.File(leaf.SerialNumber + ".pem");
        await File.WriteAllTextAsync(file, leaf.ExportCertificatePem(), Cancellation);
        (int ExitCode, string Output)? result = await ExternalTool.TryRunAsync(
            "openssl", ["verify", "-CAfile", root, "-crl_check", "-CRLfile", list, file], Cancellation);
        return result!.Value.Output;
    }
}
