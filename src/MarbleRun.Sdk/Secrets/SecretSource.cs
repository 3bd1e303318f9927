using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;

namespace MarbleRun.Secrets;

/// <summary>The values of now, which a renewal of the identity replaces as a whole.</summary>
/// <param name="values">The values of the activation; null before it.</param>
internal sealed class SecretSource(SecretValues? values)
{
    private SecretValues? _values = values;
    private ConfigurationReloadToken _change = new();

    /// <summary>Null before the activation.</summary>
    public SecretValues? Values => Volatile.Read(ref _values);

    /// <summary>Signals the next change.</summary>
    public IChangeToken ChangeToken => Volatile.Read(ref _change);

    public void Replace(SecretValues values) => Volatile.Write(ref _values, values);

    /// <summary>Signals a change. Callbacks run before it returns.</summary>
    /// <exception cref="AggregateException">Callbacks failed.</exception>
    public void Notify() => Interlocked.Exchange(ref _change, new ConfigurationReloadToken()).OnReload();
}
