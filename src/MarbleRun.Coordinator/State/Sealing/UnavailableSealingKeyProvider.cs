namespace MarbleRun.Coordinator.State.Sealing;

/// <summary>
/// Outside simulation, on a machine whose trusted execution environment gives no sealing key: nothing is ever sealed or opened.
/// </summary>
internal sealed class UnavailableSealingKeyProvider : ISealingKeyProvider
{
    public string Mode => "hardware";

    public ValueTask<SealingKey> GetKeyAsync(SealingPolicy policy, CancellationToken cancellationToken) =>
        throw new SealedStateException(
            "This process does not run in a trusted execution environment that gives a sealing key. Start the Coordinator with "
            + "--simulation to try it out on this machine.");
}
