using Microsoft.Extensions.Configuration;

namespace MarbleRun.Hosting;

/// <summary>The source of configuration with the manifest's variables. It is its own provider: every configuration that is built of it
/// shows the same values.</summary>
internal sealed class ManifestConfiguration : ConfigurationProvider, IConfigurationSource
{
    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    /// <summary>Changes some values, and notifies those who use the configuration. Callbacks run before it returns.</summary>
    /// <param name="changes">The values by key; null removes a key.</param>
    /// <exception cref="AggregateException">Callbacks failed.</exception>
    public void Change(IEnumerable<KeyValuePair<string, string?>> changes)
    {
        // Others read it at the same time.
        var next = new Dictionary<string, string?>(Data, StringComparer.OrdinalIgnoreCase);
        foreach ((string key, string? value) in changes)
        {
            if (value is null)
            {
                next.Remove(key);
            }
            else
            {
                next[key] = value;
            }
        }

        Data = next;
        OnReload();
    }
}
