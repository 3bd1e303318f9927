using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using MarbleRun.Identity;
using MarbleRun.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Tests.Mesh;

/// <summary>
/// A Marble in Go, which knows MarbleRun 1.9 only: the Coordinator activates it, it reads its certificate, calls a .NET Marble and is
/// called by one.
/// </summary>
public sealed class GoMarbleTests : IAsyncLifetime
{
    private static readonly Guid s_uuid = Guid.Parse("11111111-2222-3333-4444-555555555555");

    private RunningMesh _mesh = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _mesh = await RunningMesh.StartAsync();

    public ValueTask DisposeAsync() => _mesh.DisposeAsync();

    [Fact]
    public async Task GoMarble_IsActivated_CallsAMarble_AndIsCalledByOne()
    {
        using Process go = await StartAsync("frontend", s_uuid);
        Dictionary<string, string> said = await ReadAsync(go);

        Assert.Equal("HTTP/2.0 status 0", said["activated"]);
        Assert.Equal("PRIVATE KEY chain: 2 unhandled critical: 0", said["key"]);
        Assert.Equal(s_uuid.ToString(), said["common name"]);
        Assert.Equal("frontend", said["type"]);
        Assert.Equal("[localhost] [127.0.0.1 ::1]", said["names"]);
        Assert.Matches($"^\\[spiffe://[0-9a-z.-]+/marble/frontend/{s_uuid}\\]$", said["uris"]);

        // It does not say that it renews.
        Assert.Equal("30", said["ends in days"]);
        foreach (string protocol in (string[])["HTTP/1.1", "HTTP/2.0"])
        {
            Assert.Equal("200 frontend", said[$"{protocol} /caller"]);
            Assert.Matches("^200 [0-9a-f]{64}$", said[$"{protocol} /secret"]);
        }

        Assert.Equal("true", said["without certificate"]);
        Assert.Contains(
            _mesh.Coordinator.Logs.Entries,
            e => e.Contains($"Successfully activated new Marble: type 'frontend', UUID {s_uuid}", StringComparison.Ordinal));

        await CallAsync(new Uri($"https://{said["listens"]}/"));
        go.StandardInput.Close();
        await go.WaitForExitAsync(Cancellation);
        Assert.Equal(0, go.ExitCode);
    }

    [Fact]
    public async Task GoMarble_OfAnUnknownType_GetsTheTextOfMarbleRun19()
    {
        using Process go = await StartAsync("unknown", s_uuid);

        string output = await go.StandardOutput.ReadToEndAsync(Cancellation);

        Assert.Equal(
            "activated: HTTP/2.0 status 7 marble verification failed: unknown marble type requested\n", output);
    }

    /// <summary>A .NET Marble calls the server in Go, with the type that it must have and with another.</summary>
    private async Task CallAsync(Uri server)
    {
        WebApplication? app = null;
        await _mesh.StartMarbleAsync(
            "outsider",
            builder =>
            {
                builder.Services.AddHttpClient("go").UseMarbleIdentity(o => o.PeerPolicy = MarblePeerPolicy.AllowTypes("frontend"));
                builder.Services.AddHttpClient("other").UseMarbleIdentity(o => o.PeerPolicy = MarblePeerPolicy.AllowTypes("backend"));
            },
            built => app = built);
        IHttpClientFactory clients = app!.Services.GetRequiredService<IHttpClientFactory>();
        MarbleIdentity self = app.Services.GetRequiredService<IMarbleIdentityProvider>().Current;

        Assert.Equal(
            $"go was called by outsider {self.Id}", await clients.CreateClient("go").GetStringAsync(server, Cancellation));
        HttpRequestException refused = await Assert.ThrowsAsync<HttpRequestException>(
            () => clients.CreateClient("other").GetStringAsync(server, Cancellation));
        Assert.Contains("is not allowed here", refused.Message, StringComparison.Ordinal);

        // Who has no certificate of the mesh is refused by Go.
        using var outsider = new HttpClient(new SocketsHttpHandler
        {
            SslOptions =
            {
                ClientCertificates = [SelfSign()],
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
            },
        });
        await Assert.ThrowsAsync<HttpRequestException>(() => outsider.GetStringAsync(server, Cancellation));
    }

    private static X509Certificate2 SelfSign()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={s_uuid}", key, HashAlgorithmName.SHA256);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddHours(-1), now.AddHours(1));
    }

    private static async Task<Dictionary<string, string>> ReadAsync(Process go)
    {
        var said = new Dictionary<string, string>(StringComparer.Ordinal);
        while (!said.ContainsKey("listens"))
        {
            string? line = await go.StandardOutput.ReadLineAsync(Cancellation);
            if (line is null)
            {
                Assert.Fail($"It ended after {string.Join("; ", said)}: {await go.StandardError.ReadToEndAsync(Cancellation)}");
            }

            Match parts = Regex.Match(line, "^([^:]+): (.*)$");
            Assert.True(parts.Success, line);
            said[parts.Groups[1].Value] = parts.Groups[2].Value.Trim();
        }

        return said;
    }

    private async Task<Process> StartAsync(string type, Guid uuid)
    {
        string program = _mesh.Folder.File("marble");
        (int ExitCode, string Output)? built = await ExternalTool.TryRunAsync(
            "go", ["build", "-o", program, Path.Combine(AppContext.BaseDirectory, "Mesh", "go", "marble.go")], Cancellation);
        Assert.SkipWhen(built is null, "Go is not installed; .ci/tools installs it.");
        Assert.True(built!.Value.ExitCode == 0, built.Value.Output);
        return Process.Start(new ProcessStartInfo(program, [$"{_mesh.Coordinator.Mesh}", type, $"{uuid}", _mesh.BackendAddress])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }
}
