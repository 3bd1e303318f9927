using System.Net;
using MarbleRun.Coordinator.Http.Limits;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.Coordinator.Users;
using MarbleRun.TestSupport;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Coordinator.Tests.Http;

/// <summary>What silent bodies hold, and who is still heard.</summary>
[Trait("Security", "G2")]
public sealed class BodyBudgetTests : CoordinatorTest
{
    // 256 KiB together, of which unauthenticated callers of a port get 96 KiB and one connection 64 KiB.
    private static readonly (string, string)[] s_small = [("MaxRequestBodySize", "65536"), ("Limits:MaxUnfinishedBytes", "262144")];

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Bodies_OfSilentCallers_LeaveTheReserveToUsers(bool http2)
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(settings: s_small);
        RequestBudget budget = mesh.Host.Services.GetRequiredService<RequestBudget>();
        await using var holders = new Holders();
        for (int i = 0; i < 4; i++)
        {
            // Each more than its connection may hold.
            holders.Add(mesh.Host.Client, "/api/v2/recover", requests: 8, new byte[20_000], "application/json", http2: http2);
        }

        // Four bodies; a fifth would be more than unauthenticated callers of one port get.
        while (budget.Held < 80_000)
        {
            Cancellation.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        Assert.InRange(budget.Held, 80_000, 98_304);

        // As large as a body may be, by a user, while unauthenticated callers hold all that they get.
        string secret = $$"""{"secrets":{"upload":{"Key":"{{Convert.ToBase64String(new byte[16])}}"} } }""" + new string(' ', 60_000);
        (await mesh.SendAsync(mesh.Will, "/api/v2/secrets", secret)).Require();
        (await mesh.StartUpdateAsync(mesh.Anna, mesh.Manifest(m => m["Marbles"]!["web"]!["MaxActivations"] = 7))).Require();
        Assert.NotEmpty(await mesh.ActivateAsync());
        Assert.InRange(budget.Held, 0, 98_304);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Body_SentAtOnceWhileOthersHoldTheWholeShare_IsRead(bool http2)
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(settings: s_small);
        RequestBudget budget = mesh.Host.Services.GetRequiredService<RequestBudget>();
        using HeldRequest oldest = await HeldRequest.StartAsync(mesh.Host, certificate: null, "/api/v2/recover", length: 20_000);
        await oldest.WaitUntilBodyIsReadAsync();
        await oldest.SendAsync(new string(' ', 19_000));
        await using var holders = new Holders();
        for (int i = 0; i < 4; i++)
        {
            holders.Add(mesh.Host.Client, "/api/v2/recover", requests: 8, new byte[20_000], "application/json", http2: http2);
        }

        while (budget.Held < 80_000)
        {
            Cancellation.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        // Each needs room, and no one holds it back: what is answered is about the body.
        for (int i = 0; i < 10; i++)
        {
            (HttpStatusCode status, _, string answer) = await mesh.SendAsync(null, "/api/v2/recover", "{}" + new string(' ', 20_000));
            Assert.NotEqual(HttpStatusCode.ServiceUnavailable, status);
            Assert.DoesNotContain("too many large requests", answer, StringComparison.Ordinal);
            Assert.InRange(budget.Held, 0, 98_304);
        }

        string ended = await oldest.ReadAnswerAsync();
        Assert.StartsWith("HTTP/1.1 503 ", ended, StringComparison.Ordinal);
        Assert.Contains("too many large requests at once", ended, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TryTake_WhatNoEndOfOthersCouldGive_EndsNone()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(settings: s_small);
        RequestBudget budget = mesh.Host.Services.GetRequiredService<RequestBudget>();
        List<RequestAccount> users = [.. Enumerable.Range(0, 2).Select(_ => Open(budget, isUser: true))];
        using RequestAccount waiting = Open(budget, isUser: false);
        using RequestAccount next = Open(budget, isUser: false);
        Assert.True(waiting.TryTake(60_000));
        users.ForEach(u => Assert.True(u.TryTake(101_000)));

        // 262,144 bytes in all, of which users hold 202,000: the end of the other request leaves room for 60,144.
        Assert.False(next.TryTake(60_145));
        Assert.False(waiting.Ended.IsCancellationRequested);

        Assert.True(next.TryTake(60_000));
        Assert.True(waiting.Ended.IsCancellationRequested);
        Assert.False(waiting.TryTake(1));
        Assert.Equal(262_000, budget.Held);
        users.ForEach(u => u.Dispose());
        waiting.Dispose();
        Assert.Equal(60_000, budget.Held);
    }

    [Fact(Timeout = 60_000)]
    public async Task Bodies_OfCallersWhoLeft_AreForgotten()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(settings: s_small);
        RequestBudget budget = mesh.Host.Services.GetRequiredService<RequestBudget>();
        await using (var holders = new Holders())
        {
            holders.Add(mesh.Host.Client, "/api/v2/recover", requests: 2, new byte[20_000], "application/json");
            while (budget.Held < 40_000)
            {
                Cancellation.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        }

        while (budget.Held > 0)
        {
            Cancellation.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Body_ThatDoesNotEnd_IsAnsweredAtItsDeadline()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(configure: services => services.AddSingleton<TimeProvider>(clock));
        using HeldRequest request = await HeldRequest.StartAsync(mesh.Host, certificate: null, "/api/v2/recover", length: 1000);
        await request.WaitUntilBodyIsReadAsync();
        for (int i = 0; i < 2; i++)
        {
            // Something comes again and again: an average rate would be kept.
            await request.SendAsync(new string(' ', 400));
            clock.Advance(TimeSpan.FromSeconds(14));
        }

        (await mesh.SendAsync(null, "/api/v2/status")).Require();
        clock.Advance(TimeSpan.FromSeconds(2));

        string answer = await request.ReadAnswerAsync();
        Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
        Assert.Contains("did not arrive within 30 seconds", answer, StringComparison.Ordinal);
        Assert.Equal(0, mesh.Host.Services.GetRequiredService<RequestBudget>().Held);
    }

    [Fact(Timeout = 60_000)]
    public async Task Body_BeyondAMegabyteThatPauses_IsAnsweredSoon()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        CoordinatorHost host = await StartAsync(
            services => services.AddSingleton<TimeProvider>(clock),
            ("Limits:RequestTimeout", "00:10:00"),
            ("Bootstrap:MaxManifestSize", "8388608"));
        RequestBudget budget = host.Services.GetRequiredService<RequestBudget>();
        using HeldRequest request = await HeldRequest.StartAsync(host, certificate: null, "/manifest", length: 8_000_000);
        await request.WaitUntilBodyIsReadAsync();
        await request.SendAsync(new string(' ', 1_500_000));
        Task<string> answer = request.ReadAnswerAsync();

        while (budget.Held < 1_500_000)
        {
            Cancellation.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        // When the server waits for more is not known; a pause that it sees is a tenth of what the whole body may take.
        using HttpClient other = host.CreateClient();
        for (int i = 0; i < 60 && !answer.IsCompleted; i++)
        {
            clock.Advance(BodyReader.LongestPause);
            Assert.NotEmpty(await other.GetStringAsync(new Uri("/status", UriKind.Relative), Cancellation));
        }

        Assert.StartsWith("HTTP/1.1 408 ", await answer, StringComparison.Ordinal);
        Assert.Equal(0, budget.Held);
    }

    [Theory]
    [InlineData("/update")]
    [InlineData("/api/v2/update")]
    [InlineData("/update-manifest")]
    [InlineData("/api/v2/update-manifest")]
    [InlineData("/secrets")]
    [InlineData("/api/v2/secrets")]
    [InlineData("/update-cancel")]
    [InlineData("/api/v2/update-cancel")]
    [InlineData("/manifest")]
    [InlineData("/api/v2/manifest")]
    [InlineData("/api/v2/sign-quote")]
    [InlineData("/api/v2/monotonic-counter")]
    [InlineData("/recover")]
    public async Task Body_OfWhoHasNoRight_IsNotRead(string path)
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        using HeldRequest request = await HeldRequest.StartAsync(mesh.Host, certificate: null, path, length: 1_000_000);

        string answer = await request.ReadAnswerAsync();

        Assert.Matches("^HTTP/1.1 [45]", answer);
        Assert.DoesNotContain("100 Continue", answer, StringComparison.Ordinal);
        Assert.Equal(0, mesh.Host.Services.GetRequiredService<RequestBudget>().Held);
    }

    [Theory]
    [InlineData("/api/v2/sign-quote", 131_073)]
    [InlineData("/api/v2/recover", 20_481)]
    public async Task Body_BeyondTheLimitOfItsPath_Is413(string path, int size)
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(
            m => m["Config"]!["FeatureGates"] = new System.Text.Json.Nodes.JsonArray("SignQuoteEndpoint"));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await mesh.SendAsync(null, path, new string(' ', size))).Status);
    }

    private static RequestAccount Open(RequestBudget budget, bool isUser)
    {
        var context = new DefaultHttpContext();
        if (isUser)
        {
            RecognisedCaller.Mark(context);
        }

        return budget.OpenClient(context);
    }
}
