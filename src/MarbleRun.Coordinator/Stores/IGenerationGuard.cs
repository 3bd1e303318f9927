namespace MarbleRun.Coordinator.Stores;

/// <summary>
/// Remembers, where whoever can write the state's store cannot write, which generation of the state was the last one: a state that is older was
/// rolled back. Register one to have it asked, for instance a counter of a TPM or a row of another database; by default there is none.
/// </summary>
public interface IGenerationGuard
{
    /// <summary>The last generation that was advanced to; 0 if none ever was.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="StateStoreException">It cannot be read.</exception>
    ValueTask<ulong> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Remembers a generation, durably, before it returns. It is never lower than one before.</summary>
    /// <param name="generation">The generation whose state was just made durable.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="StateStoreException">It cannot be written.</exception>
    ValueTask AdvanceAsync(ulong generation, CancellationToken cancellationToken);
}
