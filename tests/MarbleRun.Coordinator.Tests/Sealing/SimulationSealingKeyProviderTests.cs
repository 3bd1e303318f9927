using System.Runtime.Versioning;
using System.Security.Cryptography;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Sealing;

public sealed class SimulationSealingKeyProviderTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task GetKey_FirstUse_MakesAPrivateFileAndGivesTheSameKeyAfterwards()
    {
        using SealingKey first = await Open().GetKeyAsync(SealingPolicy.ProductKey, Cancellation);
        using SealingKey second = await Open().GetKeyAsync(SealingPolicy.ProductKey, Cancellation);

        Assert.True(first.Bytes.SequenceEqual(second.Bytes));
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_directory.File("sealing.key")));
    }

    [Fact]
    public async Task GetKey_ManyAtOnce_AllGetTheSameKey()
    {
        string[] keys = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => KeyAsync(Open(), SealingPolicy.ProductKey))));

        Assert.Single(keys.Distinct());
    }

    [Fact]
    public async Task GetKey_OtherCodeOfTheSameProduct_GetsTheSameProductKeyAndAnotherUniqueKey()
    {
        SimulationSealingKeyProvider before = Open();
        SimulationSealingKeyProvider after = Open(m => m with { UniqueId = new string('b', 64) });

        Assert.Equal(await KeyAsync(before, SealingPolicy.ProductKey), await KeyAsync(after, SealingPolicy.ProductKey));
        Assert.NotEqual(await KeyAsync(before, SealingPolicy.UniqueKey), await KeyAsync(after, SealingPolicy.UniqueKey));
    }

    [Fact]
    public async Task GetKey_OtherSignerOrProduct_GetsOtherKeys()
    {
        string[] keys =
        [
            await KeyAsync(Open(), SealingPolicy.ProductKey),
            await KeyAsync(Open(m => m with { SignerId = new string('b', 64) }), SealingPolicy.ProductKey),
            await KeyAsync(Open(m => m with { ProductId = 4 }), SealingPolicy.ProductKey),
            await KeyAsync(Open(), SealingPolicy.UniqueKey),
        ];

        Assert.Equal(4, keys.Distinct().Count());
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task GetKey_ReadableByOthers_IsRefusedWithTheRemedy()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        await File.WriteAllBytesAsync(_directory.File("sealing.key"), RandomNumberGenerator.GetBytes(32), Cancellation);
        File.SetUnixFileMode(_directory.File("sealing.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        SealedStateException exception = await Assert.ThrowsAsync<SealedStateException>(
            async () => await Open().GetKeyAsync(SealingPolicy.ProductKey, Cancellation));

        Assert.Contains("chmod 600", exception.Message, StringComparison.Ordinal);
    }

    private SimulationSealingKeyProvider Open(Func<AppMeasurement, AppMeasurement>? change = null)
    {
        var measurement = new AppMeasurement
        {
            UniqueId = new string('a', 64),
            SignerId = new string('c', 64),
            ProductId = 3,
            SecurityVersion = 1,
        };
        return new SimulationSealingKeyProvider(_directory.Path, () => change?.Invoke(measurement) ?? measurement);
    }

    private static async Task<string> KeyAsync(SimulationSealingKeyProvider provider, SealingPolicy policy)
    {
        using SealingKey key = await provider.GetKeyAsync(policy, Cancellation);
        return Convert.ToHexString(key.Bytes);
    }
}
