using System.Security.Cryptography;
using System.Text.Json;
using MarbleRun.Attestation;
using MarbleRun.Management;
using MarbleRun.TestSupport;
using Microsoft.AspNetCore.Http;

namespace MarbleRun.Tests.Management;

public sealed class CoordinatorRecoveryTests : IAsyncLifetime
{
    private readonly TestAuthority _authority = new(new WaitingClock());
    private FakeClientApi _api = null!;
    private CoordinatorClient _client = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _api = await FakeClientApi.StartAsync(_authority);
        _client = CoordinatorClient.ForRoot(_api.Address, _authority.Root);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _api.DisposeAsync();
        _authority.Dispose();
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(0, true)]
    public async Task Recover_Accepted_SendsShareAndSignatureAndGivesTheServersCount(int remaining, bool isComplete)
    {
        byte[]? share = null;
        byte[]? signature = null;
        _api.Overrides["/api/v2/recover"] = async context =>
        {
            using JsonDocument body = await JsonDocument.ParseAsync(context.Request.Body);
            share = body.RootElement.GetProperty("recoverySecret").GetBytesFromBase64();
            signature = body.RootElement.GetProperty("recoverySecretSignature").GetBytesFromBase64();
            await context.Response.WriteAsync($$$"""{"status":"success","data":{"remaining":{{{remaining}}},"message":"as it is"}}""");
        };

        RecoveryResult progress = await _client.RecoverAsync(new byte[] { 1, 2 }, new byte[] { 3 }, Token);

        Assert.Equal(new RecoveryResult(remaining, "as it is"), progress);
        Assert.Equal(isComplete, progress.IsComplete);
        Assert.Equal([1, 2], share);
        Assert.Equal([3], signature);
    }

    [Fact]
    public async Task Recover_Refused_GivesTheReason()
    {
        _api.Overrides["/api/v2/recover"] = FakeClientApi.Refuse(500, "server is not in expected state");

        CoordinatorException exception = await Assert.ThrowsAsync<CoordinatorException>(
            () => _client.RecoverAsync(new byte[32], new byte[256], Token));

        Assert.Equal(CoordinatorErrorCode.Rejected, exception.ErrorCode);
        Assert.Contains("server is not in expected state", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recover_NegativeCount_IsAnInvalidReply()
    {
        _api.Overrides["/api/v2/recover"] = context =>
            context.Response.WriteAsync("""{"status":"success","data":{"remaining":-1,"message":"m"}}""");

        CoordinatorException exception = await Assert.ThrowsAsync<CoordinatorException>(
            () => _client.RecoverAsync(new byte[32], new byte[256], Token));

        Assert.Equal(CoordinatorErrorCode.InvalidReply, exception.ErrorCode);
    }

    [Fact]
    public async Task GetRecoveryPublicKey_RsaKey_GivesItsBytes()
    {
        using var key = RSA.Create(2048);
        byte[] expected = key.ExportSubjectPublicKeyInfo();
        _api.Overrides["/api/v2/recover/public-key"] = Reply("RSA", expected);

        Assert.Equal(expected, (await _client.GetRecoveryPublicKeyAsync(Token)).ToArray());
    }

    [Fact]
    public async Task GetRecoveryPublicKey_NoRsaKey_IsAnInvalidReply()
    {
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var key = RSA.Create(2048);
        byte[] rsa = key.ExportSubjectPublicKeyInfo();
        foreach ((string algorithm, byte[] bytes) in new[]
        {
            ("RSA", curve.ExportSubjectPublicKeyInfo()), ("EC", rsa), ("RSA", [.. rsa, 0]), ("RSA", []),
        })
        {
            _api.Overrides["/api/v2/recover/public-key"] = Reply(algorithm, bytes);

            CoordinatorException exception = await Assert.ThrowsAsync<CoordinatorException>(
                () => _client.GetRecoveryPublicKeyAsync(Token));

            Assert.Equal(CoordinatorErrorCode.InvalidReply, exception.ErrorCode);
        }
    }

    private static RequestDelegate Reply(string algorithm, byte[] key) => context => context.Response.WriteAsync(
        $$$"""{"status":"success","data":{"algorithm":"{{{algorithm}}}","ephemeralPublicKey":"{{{Convert.ToBase64String(key)}}}"}}""");
}
