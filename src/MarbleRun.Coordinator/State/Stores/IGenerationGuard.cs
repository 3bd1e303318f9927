namespace MarbleRun.Coordinator.State.Stores;

/// <summary>
/// Remembers, where a writer of the state's store cannot write, which generations of the state and of its counters were the last ones: what
/// is older was rolled back. Register one to have it asked, for instance a counter of a TPM or a row of another database; the default is no
/// guard.
/// </summary>
public interface IGenerationGuard
{
    /// <summary>The last generations that were advanced to; 0 if none ever were.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="StateStoreException">It cannot be read.</exception>
    ValueTask<GuardedGenerations> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Remembers generations, durably, before it returns. Neither number is ever lower than one before.</summary>
    /// <param name="generations">The generations of what was just made durable: one of the two is new, or both are.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="StateStoreException">It cannot be written.</exception>
    ValueTask AdvanceAsync(GuardedGenerations generations, CancellationToken cancellationToken);
}
