using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Grpc.Core;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Coordinator.Identities;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Tests.Audit;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.Coordinator.Tests.Revocation;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Activation;

/// <summary>Updates that come while the quote of a Marble is being verified.</summary>
[Trait("Security", "D12")]
[Trait("Security", "E5")]
public sealed class ActivationDuringUpdateTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("web", false)]
    [InlineData("web", true)]
    [InlineData("limited", false)]
    public async Task Activate_UpdateMeanwhile_GivesTheCertificateOfTheNewAuthority(string type, bool isPackageUpdate)
    {
        HeldVerifier verifier = null!;
        await using GovernedMesh mesh = await StartAsync(v => verifier = v);
        CoordinatorState before = mesh.State;
        verifier.HoldNext();
        Task<Dictionary<string, string>> activation = mesh.ActivateAsync(type);
        await verifier.Held.WaitAsync(Cancellation);

        (await (isPackageUpdate
            ? mesh.StartUpdateAsync(mesh.Paul, "{\"Packages\":{\"app\":{\"SecurityVersion\":0}}}")
            : mesh.StartUpdateAsync(mesh.Anna, Next(mesh)))).Require();
        verifier.Release();
        Dictionary<string, string> environment = await activation;

        using X509Certificate2 root = X509Certificate2.CreateFromPem(environment["MARBLE_PREDEFINED_ROOT_CA"]);
        Assert.NotEqual(before.Authority.MarbleRoot.RawData, root.RawData);
        Assert.Equal(mesh.State.Authority.MarbleRoot.RawData, root.RawData);
        Assert.Equal(2, verifier.Verified);
        Assert.Equal(type == "limited" ? 1UL : 0, mesh.State.Activations.GetValueOrDefault(type));
        Assert.Single(AuditReader.Read(mesh), r => r.StartsWith("marble.activate - allowed", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("web")]
    [InlineData("limited")]
    public async Task Activate_TypeThatAnUpdateRemovedMeanwhile_IsRefused(string type)
    {
        HeldVerifier verifier = null!;
        await using GovernedMesh mesh = await StartAsync(v => verifier = v);
        verifier.HoldNext();
        Task<Dictionary<string, string>> activation = mesh.ActivateAsync(type);
        await verifier.Held.WaitAsync(Cancellation);

        (await mesh.StartUpdateAsync(mesh.Anna, Next(mesh, m => m["Marbles"]!.AsObject().Remove(type)))).Require();
        verifier.Release();

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => activation);
        Assert.Equal(
            (StatusCode.PermissionDenied, "marble verification failed: unknown marble type requested"),
            (refused.StatusCode, refused.Status.Detail));
        Assert.DoesNotContain(AuditReader.Read(mesh), r => r.StartsWith("marble.activate - allowed", StringComparison.Ordinal));
        Assert.Empty(mesh.State.Activations);
    }

    [Fact]
    public async Task Activate_PackageThatAnUpdateRaisedMeanwhile_IsJudgedByTheNewVersion()
    {
        HeldVerifier verifier = null!;
        await using GovernedMesh mesh = await StartAsync(v => verifier = v);
        verifier.HoldNext();
        Task<Dictionary<string, string>> activation = mesh.ActivateAsync("signed");
        await verifier.Held.WaitAsync(Cancellation);

        (await mesh.StartUpdateAsync(mesh.Paul, "{\"Packages\":{\"signed\":{\"SecurityVersion\":60000}}}")).Require();
        verifier.Release();

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => activation);
        Assert.Contains("security_version", refused.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("web")]
    [InlineData("limited")]
    public async Task Activate_RevocationMeanwhile_IsRefused(string type)
    {
        HeldVerifier verifier = null!;
        await using GovernedMesh mesh = await StartAsync(v => verifier = v, RevokingMesh.SetRoles);
        var uuid = Guid.NewGuid();
        verifier.HoldNext();
        Task<Dictionary<string, string>> activation = mesh.ActivateAsync(type, uuid.ToString());
        await verifier.Held.WaitAsync(Cancellation);

        (await mesh.RevokeAsync(mesh.Anna, "UUID", uuid.ToString())).Require();
        verifier.Release();

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => activation);
        Assert.Equal((StatusCode.PermissionDenied, RevokingMesh.Refused(1)), (refused.StatusCode, refused.Status.Detail));
        Assert.Empty(mesh.Host.Services.GetRequiredService<MarbleRegistry>().List());
    }

    private static string Next(GovernedMesh mesh, Action<System.Text.Json.Nodes.JsonObject>? change = null) => mesh.Manifest(m =>
    {
        m["Config"]!["UpdateThreshold"] = 1;
        change?.Invoke(m);
    });

    private static Task<GovernedMesh> StartAsync(Action<HeldVerifier> give, Action<JsonObject>? change = null) => GovernedMesh.StartAsync(
        m =>
        {
            m["Config"]!["UpdateThreshold"] = 1;
            change?.Invoke(m);
        },
        s => s.AddSingleton<IQuoteVerifier>(sp =>
        {
            var verifier = new HeldVerifier(sp.GetRequiredService<SimulationPlatform>().CreateVerifier());
            give(verifier);
            return verifier;
        }));

    private sealed class HeldVerifier(IQuoteVerifier inner) : IQuoteVerifier
    {
        private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _holds;

        public Task Held => _held.Task;

        public int Verified { get; private set; }

        public void HoldNext() => _holds = true;

        public void Release() => _gate.SetResult();

        public async ValueTask<Verdict> VerifyAsync(
            Quote quote, QuoteExpectation expectation, CancellationToken cancellationToken = default)
        {
            Verified++;
            if (_holds)
            {
                _holds = false;
                _held.SetResult();
                await _gate.Task.WaitAsync(cancellationToken);
            }

            return await inner.VerifyAsync(quote, expectation, cancellationToken);
        }
    }
}
