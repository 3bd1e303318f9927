using MarbleRun.Activation.Targets;
using Microsoft.Extensions.Configuration;

namespace MarbleRun.Hosting;

/// <summary>
/// Passes parameters to the inner target, and adds the manifest's variables to the configuration of a host that has already read its
/// environment.
/// </summary>
/// <remarks>
/// The other sources of the configuration are not reloaded: a reload would lose values that the app has set in code over a file or a
/// variable, and would read the identity's key from the environment.
/// </remarks>
internal sealed class ConfigurationTarget(IParameterTarget target) : IParameterTarget, IParameterJudge, IVariableView
{
    private readonly ManifestConfiguration _values = new();
    private Dictionary<string, string?> _variables = new(StringComparer.OrdinalIgnoreCase);
    private IConfigurationRoot? _built;

    public string Judge(string path) => target is IParameterJudge judge ? judge.Judge(path) : path;

    public void WriteFile(string path, ReadOnlyMemory<byte> content) => target.WriteFile(path, content);

    public void SetVariable(string name, string value)
    {
        target.SetVariable(name, value);

        // The variables of the identity are not added: configurations are printed and searched.
        if (!ReservedVariables.Has(name))
        {
            _variables[KeyOf(name)] = value;
        }
    }

    public void Replace(IEnumerable<KeyValuePair<string, string>> variables)
    {
        var next = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, string value) in variables)
        {
            next[KeyOf(name)] = value;
        }

        // Only these: the app may have set others in code.
        KeyValuePair<string, string?>[] changes =
        [
            .. _variables.Keys.Except(next.Keys, StringComparer.OrdinalIgnoreCase).Select(k => KeyValuePair.Create(k, (string?)null)),
            .. next.Where(v => !_variables.TryGetValue(v.Key, out string? before) || before != v.Value),
        ];
        _variables = next;
        if (_built is { } root)
        {
            Set(root, changes);
        }
        else if (changes.Length > 0)
        {
            _values.Change(changes);
        }
    }

    /// <summary>
    /// Puts the variables over all other sources of the configuration: the manifest's values are attested, and the host's values are not.
    /// </summary>
    public void ShowIn(IConfiguration? configuration)
    {
        switch (configuration)
        {
            case IConfigurationBuilder builder:
                _values.Change(_variables);
                builder.Add(_values);
                break;
            case IConfigurationRoot root when root.Providers.Any():
                // The configuration that the older HostBuilder has built accepts no new source, but its sources accept values.
                _built = root;
                Set(root, _variables);
                break;
            default:
                break;
        }
    }

    private static void Set(IConfigurationRoot root, IEnumerable<KeyValuePair<string, string?>> values)
    {
        foreach ((string key, string? value) in values)
        {
            root[key] = value;
        }
    }

    private static string KeyOf(string name) => name.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal);
}
