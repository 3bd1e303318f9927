namespace MarbleRun.Coordinator.State.Stores;

/// <summary>
/// Stores the last generations of the state and of its counters in a place that the writer of the state's store cannot change. An older
/// state was rolled back. Register an implementation to use it, for instance a counter of a TPM or a row of another database; by default,
/// there is no guard.
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
