using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Sealing;

public sealed class SealingKeyTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    [InlineData(31)]
    [InlineData(33)]
    [Case("state-and-sealing", "A key of another length")]
    public void Create_OfAnotherLength_IsRefused(int length) => Assert.Throws<ArgumentException>(() => new SealingKey(new byte[length]));

    [Fact]
    [Case("state-and-sealing", "Sealing without a key")]
    public void Bytes_AfterTheEnd_CannotBeUsed()
    {
        var key = new SealingKey(new byte[SealingKey.Size]);
        key.Dispose();

        Assert.Throws<ObjectDisposedException>(() => StateSealer.Seal("simulation", key, default, "state"u8));
    }
}
