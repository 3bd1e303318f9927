using MarbleRun.Activation.Targets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;

namespace MarbleRun.Hosting;

/// <summary>
/// Passes parameters to the inner target, and adds the manifest's variables to the configuration of a host that has already read its
/// environment.
/// </summary>
/// <remarks>
/// The configuration is not reloaded: a reload would lose values that the app has set in code over a file or a variable, and would read the
/// identity's key from the environment.
/// </remarks>
internal sealed class ConfigurationTarget(IParameterTarget target) : IParameterTarget, IParameterJudge
{
    private readonly Dictionary<string, string?> _variables = new(StringComparer.OrdinalIgnoreCase);

    public string Judge(string path) => target is IParameterJudge judge ? judge.Judge(path) : path;

    public void WriteFile(string path, ReadOnlyMemory<byte> content) => target.WriteFile(path, content);

    public void SetVariable(string name, string value)
    {
        target.SetVariable(name, value);

        // The variables of the identity are not added: configurations are printed and searched.
        if (!ReservedVariables.Has(name))
        {
            _variables[name.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal)] = value;
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
                builder.Add(new MemoryConfigurationSource { InitialData = _variables });
                break;
            case IConfigurationRoot root when root.Providers.Any():
                // The configuration that the older HostBuilder has built accepts no new source, but its sources accept values.
                foreach ((string key, string? value) in _variables)
                {
                    root[key] = value;
                }

                break;
            default:
                break;
        }
    }
}
