using System.Security.Cryptography;
using MarbleRun.Coordinator.Sealing;
using MarbleRun.Coordinator.Stores;

namespace MarbleRun.Coordinator.State;

/// <summary>Loads and saves the state: serialise, seal, store, and the way back. Used by one caller at a time.</summary>
internal sealed class StateRepository(IStateStore store, StateSealer sealer)
{
    private StateVersion? _version;

    /// <summary>The state that was saved last, or null if there is none.</summary>
    /// <exception cref="SealedStateException">It does not open.</exception>
    /// <exception cref="StateStoreException">It cannot be read.</exception>
    public async Task<CoordinatorState?> LoadAsync(CancellationToken cancellationToken)
    {
        if (await store.LoadAsync(cancellationToken) is not { } stored)
        {
            return null;
        }

        byte[] plaintext = await sealer.OpenAsync(stored.Bytes, cancellationToken);
        try
        {
            CoordinatorState state = StateSerializer.Deserialize(plaintext);
            _version = stored.Version;
            return state;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    /// <summary>Makes a state durable.</summary>
    public async Task SaveAsync(CoordinatorState state)
    {
        byte[] plaintext = StateSerializer.Serialize(state);
        try
        {
            byte[] blob = await sealer.SealAsync(plaintext, CancellationToken.None);
            _version = await store.CommitAsync(blob, _version, CancellationToken.None);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }
}
