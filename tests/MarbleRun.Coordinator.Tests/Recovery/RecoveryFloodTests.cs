using System.Net;
using System.Security.Cryptography;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Recovery;

/// <summary>Unauthenticated callers who want that anonymous recovers.</summary>
public sealed class RecoveryFloodTests
{
    private static readonly int[] s_sizes = [16, 33, 512, 32, 33, 512, 1, 33];

    private static TestParty[] Five => [.. TestParty.Five];

    [Fact]
    [Trait("Security", "F1")]
    [Trait("Security", "G2")]
    public async Task Recover_AmidGarbageOfUnauthenticatedCallers_TakesTheGenuineSecrets()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartLockedAsync(5, 3);
        await mesh.GetDataAsync("/api/v2/recover/public-key");
        int refused = 0;
        foreach (TestParty party in Five[2..])
        {
            Task<(HttpStatusCode Status, string Body)>[] flood =
                [.. Enumerable.Range(0, 40).Select(i => mesh.SubmitAsync(Garbage(i), RandomNumberGenerator.GetBytes(256)))];
            (HttpStatusCode status, string body) = await mesh.SubmitAsync(party);
            Assert.True(status == HttpStatusCode.OK, body);
            Assert.All(await Task.WhenAll(flood), answer =>
            {
                Assert.True(
                    answer.Status is HttpStatusCode.BadRequest or HttpStatusCode.InternalServerError or HttpStatusCode.ServiceUnavailable,
                    answer.Body);
                refused++;
            });
        }

        Assert.Equal((120, 3), (refused, await mesh.GetStatusCodeAsync()));
        await mesh.RestartAsync();
        AuditOfMesh.AssertWhole(mesh);
    }

    [Fact]
    [Trait("Security", "F1")]
    [Case("client-api", "A wrong signature is refused when it comes, unlike the reference")]
    public async Task Recover_CopiedSharesWithWrongSignatures_PoisonNothing()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartLockedAsync(3);
        for (int i = 0; i < 3; i++)
        {
            byte[] share = mesh.Shares[Five[i].Name];
            for (int wrong = 0; wrong < 5; wrong++)
            {
                WireRecoveryTests.Refused(
                    500,
                    "error",
                    "no matching recovery",
                    await mesh.SubmitAsync(share, (wrong == i ? TestParty.Outsider : Five[wrong]).Sign(share)));
            }

            Assert.Equal(MeshToRecover.RecoverJson(2 - i), (await mesh.SubmitAsync(Five[i])).Body);
        }
    }

    [Theory]
    [InlineData(20_481)]
    [InlineData(3_000_000)]
    [Trait("Security", "G2")]
    public async Task Recover_HugeBody_Is413AndKeepsTheProgress(int size)
    {
        await using MeshToRecover mesh = await MeshToRecover.StartLockedAsync(2);
        await mesh.SubmitAsync(Five[0]);

        (HttpStatusCode status, string body) = await mesh.SendAsync(
            HttpMethod.Post, "/api/v2/recover", new ByteArrayContent(new byte[size]));

        Assert.Equal(
            (HttpStatusCode.RequestEntityTooLarge,
                "{\"status\":\"error\",\"data\":null,\"message\":\"the request body is larger than 20480 bytes\"}\n"),
            (status, body));
        Assert.Equal(MeshToRecover.RecoverJson(0), (await mesh.SubmitAsync(Five[1])).Body);
    }

    private static byte[] Garbage(int i) => RandomNumberGenerator.GetBytes(s_sizes[i % s_sizes.Length]);
}
