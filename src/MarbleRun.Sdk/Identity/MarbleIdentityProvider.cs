using System.Diagnostics.CodeAnalysis;

namespace MarbleRun.Identity;

/// <summary>Holds the one reference to the current identity. It is replaced as a whole and read without a lock.</summary>
internal sealed class MarbleIdentityProvider : IMarbleIdentityProvider
{
    private readonly TaskCompletionSource<MarbleIdentity> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private MarbleIdentity? _current;

    public MarbleIdentity Current => Volatile.Read(ref _current) ?? throw new MarbleNotActivatedException();

    public async ValueTask<MarbleIdentity> GetAsync(CancellationToken cancellationToken = default)
    {
        if (Volatile.Read(ref _current) is null)
        {
            await _first.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return Current;
    }

    /// <summary>The current identity, if there is one yet.</summary>
    public bool TryGetCurrent([NotNullWhen(true)] out MarbleIdentity? identity) => (identity = Volatile.Read(ref _current)) is not null;

    /// <summary>Makes <paramref name="identity"/> the current one, then notifies the holders of the previous one.</summary>
    /// <exception cref="InvalidOperationException">The identity does not share the trust of the one before.</exception>
    public void Publish(MarbleIdentity identity)
    {
        if (Volatile.Read(ref _current) is { } current && !ReferenceEquals(current.Trust, identity.Trust))
        {
            throw new InvalidOperationException("A renewed identity must share the trust of the one that it replaces.");
        }

        MarbleIdentity? previous = Interlocked.Exchange(ref _current, identity);
        _first.TrySetResult(identity);
        previous?.Supersede();
    }
}
