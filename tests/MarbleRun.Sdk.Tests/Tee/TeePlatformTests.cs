using System.Security.Cryptography;
using MarbleRun.Activation;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Tee;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Tee;

/// <summary>What the SDK makes of the native shim's answers. The shim's own tests are in C.</summary>
[Collection(FakeTee.Tests)]
public sealed class TeePlatformTests : IDisposable
{
    private static readonly ReportData s_reportData = ReportData.FromBytes([.. Enumerable.Range(1, ReportData.Size).Select(i => (byte)i)]);

    public void Dispose() => FakeTee.Leave();

    [Fact]
    public void Open_WithoutEnvironment_SaysWhatToDo()
    {
        FakeTee.Enter(FakeTee.World.None);

        TeeException exception = Assert.Throws<TeeException>(() => TeePlatform.Open());

        Assert.Equal(TeeStatus.NotFound, exception.Status);
        Assert.Contains("Linux 6.7", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Tdx", TeeBackend.ConfigFsTsm, "tdx_guest", TeeCapabilities.Evidence | TeeCapabilities.Extend)]
    [InlineData(
        "Snp", TeeBackend.ConfigFsTsm, "sev_guest", TeeCapabilities.Evidence | TeeCapabilities.Certificates | TeeCapabilities.UniqueKey)]
    [InlineData(
        "SevGuest", TeeBackend.SevGuest, "sev_guest", TeeCapabilities.Evidence | TeeCapabilities.Certificates | TeeCapabilities.UniqueKey)]
    [InlineData(
        "Gramine", TeeBackend.Gramine, "gramine", TeeCapabilities.Evidence | TeeCapabilities.UniqueKey | TeeCapabilities.ProductKey)]
    [InlineData(
        "Occlum",
        TeeBackend.Occlum,
        "occlum",
        TeeCapabilities.Evidence | TeeCapabilities.UniqueKey | TeeCapabilities.ProductKey | TeeCapabilities.KeyId)]
    [InlineData(
        "Mystikos",
        TeeBackend.Mystikos,
        "mystikos",
        TeeCapabilities.Evidence | TeeCapabilities.UniqueKey | TeeCapabilities.ProductKey | TeeCapabilities.KeyId)]
    public async Task Open_InAnEnvironment_FindsItAndIssuesItsEvidence(
        string world, TeeBackend backend, string provider, TeeCapabilities capabilities)
    {
        FakeTee.Enter(Enum.Parse<FakeTee.World>(world));
        using var platform = TeePlatform.Open();

        Assert.Equal((backend, provider, capabilities), (platform.Backend, platform.Provider, platform.Capabilities));
        Quote quote = await platform.CreateIssuer().IssueAsync(s_reportData, TestContext.Current.CancellationToken);
        var bytes = new byte[ReportData.Size];
        s_reportData.CopyTo(bytes);
        Assert.True(quote.RawData.Span.IndexOf(bytes) > 0);
        if (platform.Capabilities.HasFlag(TeeCapabilities.Certificates))
        {
            // The report, and behind it what the host handed out.
            Assert.True(quote.RawData.Length > 1184);
        }
    }

    /// <remarks>Open Enclave's header is taken off, since <see cref="Quote.ToEvidence"/> puts it on again.</remarks>
    [Fact]
    public void GetEvidence_OfMystikos_HasTheHeaderOnce()
    {
        FakeTee.Enter(FakeTee.World.Mystikos);
        using var platform = TeePlatform.Open();

        Quote quote = platform.GetEvidence(s_reportData);

        Assert.Equal(3, quote.RawData.Span[0]);
        Assert.Equal(quote.RawData.Length + 16, quote.ToEvidence().Length);
    }

    [Theory]
    [InlineData('r', 5, TeeStatus.Failed)]
    [InlineData('r', 110, TeeStatus.TimedOut)]
    [InlineData('w', 13, TeeStatus.PermissionDenied)]
    public async Task IssueAsync_PlatformThatFails_IsAnAttestationExceptionWithItsWords(char call, int error, TeeStatus status)
    {
        FakeTee.Enter(FakeTee.World.Tdx);
        using var platform = TeePlatform.Open();
        FakeTee.Enter(FakeTee.World.Tdx, failing: call, error: error);

        AttestationException exception = await Assert.ThrowsAsync<AttestationException>(
            async () => await platform.CreateIssuer().IssueAsync(s_reportData, TestContext.Current.CancellationToken));

        Assert.Equal(AttestationFailure.IssuanceFailed, exception.Failure);
        TeeException cause = Assert.IsType<TeeException>(exception.InnerException);
        Assert.Equal((status, error), (cause.Status, cause.SystemError));
        Assert.Contains("/sys/kernel/config/tsm/report/", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_EnvironmentThatMayNotBeUsed_SaysSoAndNotThatThereIsNone()
    {
        FakeTee.Enter(FakeTee.World.Snp, failing: 'm', error: 13);

        AttestationException exception = Assert.Throws<AttestationException>(
            () => QuoteIssuers.Choose(new MarbleOptions(), TimeProvider.System));

        Assert.Equal(AttestationFailure.IssuanceFailed, exception.Failure);
        Assert.Contains("CAP_DAC_OVERRIDE", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("does not run in", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GetEvidence_OverOtherReportData_IsRefused()
    {
        FakeTee.Enter(FakeTee.World.Gramine);
        using var platform = TeePlatform.Open();
        FakeTee.Enter(FakeTee.World.Gramine, lies: true);

        TeeException exception = Assert.Throws<TeeException>(() => platform.GetEvidence(s_reportData));

        Assert.Equal(TeeStatus.InvalidAnswer, exception.Status);
    }

    [Fact]
    public void DeriveSealingKey_ForPurposesAndPolicies_GivesOneKeyEach()
    {
        FakeTee.Enter(FakeTee.World.Gramine);
        using var platform = TeePlatform.Open();

        byte[] state = Derive(platform, TeeSealingPolicy.Product, "state"u8);

        Assert.Equal(state, Derive(platform, TeeSealingPolicy.Product, "state"u8));
        Assert.NotEqual(state, Derive(platform, TeeSealingPolicy.Product, "other"u8));
        Assert.NotEqual(state, Derive(platform, TeeSealingPolicy.Unique, "state"u8));

        // RFC 5869 over the platform's 16 bytes.
        Assert.Equal(HKDF.DeriveKey(HashAlgorithmName.SHA256, [.. Enumerable.Repeat((byte)0xB7, 16)], 32, [], "state"u8.ToArray()), state);
    }

    [Fact]
    public void DeriveSealingKey_ByItsIdentifier_GivesTheSameKey()
    {
        FakeTee.Enter(FakeTee.World.Occlum);
        using var platform = TeePlatform.Open();
        var first = new byte[32];
        var again = new byte[32];

        platform.DeriveSealingKey(TeeSealingPolicy.Product, "state"u8, keyId: [], first, out byte[] keyId);
        platform.DeriveSealingKey(TeeSealingPolicy.Product, "state"u8, keyId, again, out byte[] none);

        Assert.Equal(first, again);
        Assert.Empty(none);
        keyId[0] ^= 1;
        TeeException exception = Assert.Throws<TeeException>(
            () => platform.DeriveSealingKey(TeeSealingPolicy.Product, "state"u8, keyId, again, out _));
        Assert.Equal(TeeStatus.InvalidArgument, exception.Status);
    }

    [Fact]
    public void DeriveSealingKey_OfATd_IsNotOffered()
    {
        FakeTee.Enter(FakeTee.World.Tdx);
        using var platform = TeePlatform.Open();

        TeeException exception = Assert.Throws<TeeException>(() => Derive(platform, TeeSealingPolicy.Unique, "state"u8));

        Assert.Equal(TeeStatus.Unsupported, exception.Status);
        Assert.Throws<ArgumentOutOfRangeException>(() => Derive(platform, TeeSealingPolicy.Unknown, "state"u8));
        Assert.Throws<ArgumentException>(
            () => platform.DeriveSealingKey(TeeSealingPolicy.Unique, "state"u8, keyId: [], new byte[31], out _));
    }

    [Fact]
    public void ExtendRegister_ThatDoesNotExist_IsRefused()
    {
        FakeTee.Enter(FakeTee.World.Tdx);
        using var platform = TeePlatform.Open();

        platform.ExtendRegister(3, new byte[48]);
        Assert.Equal(TeeStatus.InvalidArgument, Assert.Throws<TeeException>(() => platform.ExtendRegister(1, new byte[48])).Status);
        Assert.Equal(TeeStatus.InvalidArgument, Assert.Throws<TeeException>(() => platform.ExtendRegister(3, new byte[47])).Status);
        FakeTee.Enter(FakeTee.World.Snp);
        using var snp = TeePlatform.Open();
        Assert.Equal(TeeStatus.Unsupported, Assert.Throws<TeeException>(() => snp.ExtendRegister(3, new byte[48])).Status);
    }

    private static byte[] Derive(TeePlatform platform, TeeSealingPolicy policy, ReadOnlySpan<byte> purpose)
    {
        var key = new byte[32];
        platform.DeriveSealingKey(policy, purpose, keyId: [], key, out byte[] keyId);
        Assert.Empty(keyId);
        return key;
    }
}
