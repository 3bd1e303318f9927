using MarbleRun.Coordinator.State.Sealing;

namespace MarbleRun.Coordinator.Tests.Recovery;

/// <summary>Seals with a key that somebody has, instead of the machine's.</summary>
internal sealed class GivenKey(SealingKey key) : ISealingKeyProvider
{
    public string Mode => "hardware";

    public ValueTask<SealingKey> GetKeyAsync(SealingPolicy policy, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new SealingKey(key.Bytes));
}
