using MarbleRun.Protos;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Stores.Tests.Faults;

/// <summary>Replicas whose clocks do not agree, by less than the five minutes that certificates allow for.</summary>
public sealed class ClockSkewTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Replicas_WithClocksMinutesApart_AnswerAsOne()
    {
        await using var server = new MemoryStoreServer(content => new MemoryStateStore(content));
        await using ReplicaCluster cluster = await StartAsync(server, TimeSpan.Zero, TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(-4));
        using Workload workload = await Workload.CreateAsync(cluster, seed: 1);
        using (var end = new CancellationTokenSource(TimeSpan.FromSeconds(3)))
        {
            await workload.RunAsync(end.Token);
        }

        await workload.FinishAsync();

        TestContext.Current.TestOutputHelper!.WriteLine($"{workload.Histories}");
        string? fault = workload.Histories.FindFault();
        Assert.True(fault is null, $"{fault}\n{cluster.DescribeLogs()}");
    }

    /// <summary>The answers of both replicas are lost, and each gets the activations of both again.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(-4)]
    public async Task Activation_RepeatedAtAReplicaWithAnotherTime_IsCountedOnce(int minutes)
    {
        const string Type = "counted0";
        await using var server = new MemoryStoreServer(content => new MemoryStateStore(content));
        await using ReplicaCluster cluster = await StartAsync(server, TimeSpan.Zero, TimeSpan.FromMinutes(minutes));
        using MarbleCaller marble = await MarbleCaller.CreateAsync(cluster.Mesh, cluster.MeshPorts, Token);
        ActivationReq[] repeated = [marble.CreateRequest(Type), marble.CreateRequest(Type)];
        await marble.ActivateAsync(0, repeated[0], s_limit, Token);
        await marble.ActivateAsync(1, repeated[1], s_limit, Token);
        for (int replica = 0; replica < 2; replica++)
        {
            await marble.ActivateAsync(replica, repeated[0], s_limit, Token);
            await marble.ActivateAsync(replica, repeated[1], s_limit, Token);
        }

        int granted = 2;
        while (await TryActivateAsync(marble, Type))
        {
            granted++;
        }

        Assert.Equal(TestMesh.MaxActivations, granted);
    }

    private static async Task<bool> TryActivateAsync(MarbleCaller marble, string type)
    {
        try
        {
            await marble.ActivateAsync(0, marble.CreateRequest(type), s_limit, Token);
            return true;
        }
        catch (Grpc.Core.RpcException exception) when (exception.StatusCode == Grpc.Core.StatusCode.PermissionDenied)
        {
            return false;
        }
    }

    private static Task<ReplicaCluster> StartAsync(MemoryStoreServer server, params TimeSpan[] skews)
    {
        int next = 0;
        return ReplicaCluster.StartAsync(server, skews.Length, (cluster, name, settings) =>
        {
            var clock = new SkewedClock(skews[next++]);
            return new HostedReplica(
                name,
                0,
                cluster.Machine,
                services =>
                {
                    services.AddSingleton<TimeProvider>(clock);
                    server.UseIn(services);
                },
                settings);
        });
    }

    /// <summary>A clock that is wrong by the same time always.</summary>
    private sealed class SkewedClock(TimeSpan skew) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + skew;
    }
}
