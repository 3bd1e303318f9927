using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Coordinator.Http.Limits;
using MarbleRun.Protos;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Coordinator.Tests.Http;

/// <summary>What messages of unauthenticated callers hold at the mesh port, and who is still activated.</summary>
[Trait("Security", "G2")]
public sealed class MeshMessageTests : CoordinatorTest
{
    private const string Activate = "/rpc.Marble/Activate";


    [Fact(Timeout = 60_000)]
    public async Task Messages_Unfinished_HoldNoMoreThanTheirConnectionMay()
    {
        CoordinatorHost host = await StartAsync();
        await TestManifest.SetAsync(host);
        RequestBudget budget = host.Services.GetRequiredService<RequestBudget>();
        await using var holders = new Holders();
        for (int i = 0; i < 3; i++)
        {
            (X509Certificate2 certificate, _) = CoordinatorHost.CreateMarbleCredentials("localhost");
            holders.Add(host.Mesh, Activate, requests: 8, Part(length: 200_000, sent: 150_000), "application/grpc", certificate);
        }

        using HttpResponseMessage refused = await await Task.WhenAny(holders.Answers).WaitAsync(Cancellation);
        Assert.Equal("14", Assert.Single(refused.Headers.GetValues("grpc-status")));
        Assert.InRange(budget.Held, 1, 3 * 2 * 262_144);
        Assert.NotEmpty((await MeshClient.ActivateAsync(host, "web")).Env);
        Assert.InRange(budget.Held, 0, 3 * 2 * 262_144);
    }

    [Fact(Timeout = 60_000)]
    public async Task Message_ThatDoesNotEnd_IsRefusedAtItsDeadline()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        CoordinatorHost host = await StartAsync(services => services.AddSingleton<TimeProvider>(clock));
        await TestManifest.SetAsync(host);
        RequestBudget budget = host.Services.GetRequiredService<RequestBudget>();
        (X509Certificate2 certificate, _) = CoordinatorHost.CreateMarbleCredentials("localhost");
        await using var holders = new Holders();
        holders.Add(host.Mesh, Activate, requests: 2, Part(length: 20_000, sent: 10_000), "application/grpc", certificate);
        while (budget.Held < 20_000)
        {
            Cancellation.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        clock.Advance(TimeSpan.FromSeconds(31));

        foreach (Task<HttpResponseMessage> answer in holders.Answers)
        {
            Assert.Equal("4", Assert.Single((await answer.WaitAsync(Cancellation)).Headers.GetValues("grpc-status")));
        }

        Assert.Equal(0, budget.Held);
        Assert.NotEmpty((await MeshClient.ActivateAsync(host, "web")).Env);
        Assert.DoesNotContain(host.Logs.Entries, e => e.StartsWith("Error", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(261_000, StatusCode.InvalidArgument)]
    [InlineData(263_000, StatusCode.ResourceExhausted)]
    [InlineData(5_000_000, StatusCode.ResourceExhausted)]
    public async Task Message_BeyondTheLimit_IsRefused(int size, StatusCode expected)
    {
        CoordinatorHost host = await StartAsync();
        await TestManifest.SetAsync(host);
        (X509Certificate2 certificate, byte[] csr) = CoordinatorHost.CreateMarbleCredentials("localhost");
        using var client = new MeshClient(host, certificate);

        RpcException exception = await Assert.ThrowsAsync<RpcException>(() => client.CallAsync(
            new ActivationReq
            {
                CSR = ByteString.CopyFrom(csr),
                MarbleType = "web",
                UUID = "no uuid",
                Quote = ByteString.CopyFrom(new byte[size]),
            }));

        Assert.True(
            expected == StatusCode.ResourceExhausted
                ? exception.StatusCode == expected
                : exception.StatusCode != StatusCode.ResourceExhausted,
            exception.Status.ToString());
        Assert.Equal(0, host.Services.GetRequiredService<RequestBudget>().Held);
    }

    [Fact(Timeout = 60_000)]
    public async Task Message_ThatSaysItIsTooLarge_IsNotWaitedFor()
    {
        CoordinatorHost host = await StartAsync();
        (X509Certificate2 certificate, _) = CoordinatorHost.CreateMarbleCredentials("localhost");
        await using var holders = new Holders();
        holders.Add(host.Mesh, Activate, requests: 1, Part(length: 4_000_000, sent: 300_000), "application/grpc", certificate);

        using HttpResponseMessage answer = await holders.Answers[0].WaitAsync(Cancellation);

        Assert.Equal("8", Assert.Single(answer.Headers.GetValues("grpc-status")));
        Assert.Equal(
            "Received message exceeds the maximum configured message size.", Assert.Single(answer.Headers.GetValues("grpc-message")));
    }

    [Fact(Timeout = 60_000)]
    public async Task Message_ForNothingThatIsOffered_IsNotRead()
    {
        CoordinatorHost host = await StartAsync();
        (X509Certificate2 certificate, _) = CoordinatorHost.CreateMarbleCredentials("localhost");
        await using var holders = new Holders();
        holders.Add(host.Mesh, "/rpc.Marble/Nothing", requests: 1, Part(length: 200_000, sent: 1_000), "application/grpc", certificate);

        using HttpResponseMessage answer = await holders.Answers[0].WaitAsync(Cancellation);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("12", Assert.Single(answer.Headers.GetValues("grpc-status")));
    }

    /// <summary>The beginning of a message of this length.</summary>
    private static byte[] Part(int length, int sent)
    {
        var part = new byte[5 + sent];
        BinaryPrimitives.WriteInt32BigEndian(part.AsSpan(1), length);
        return part;
    }
}
