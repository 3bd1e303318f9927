using MarbleRun.Activation;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;

namespace MarbleRun.Hosting;

/// <summary>Passes everything on, and makes the manifest's variables visible in the configuration of a host that read its environment long before.</summary>
/// <remarks>
/// Nothing of the configuration is read again: a reload would lose what the app has set in code over a file or a variable, and bring in the identity's key from the
/// environment.
/// </remarks>
internal sealed class ConfigurationTarget(IParameterTarget target) : IParameterTarget, IParameterJudge
{
    private readonly Dictionary<string, string?> _variables = new(StringComparer.OrdinalIgnoreCase);

    public string Judge(string path) => target is IParameterJudge judge ? judge.Judge(path) : path;

    public void WriteFile(string path, ReadOnlyMemory<byte> content) => target.WriteFile(path, content);

    public void SetVariable(string name, string value)
    {
        target.SetVariable(name, value);

        // The identity has its own place; a configuration is printed and looked through.
        if (!ReservedVariables.Has(name))
        {
            _variables[name.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal)] = value;
        }
    }

    /// <summary>Puts the variables over everything that the configuration says so far: what the manifest says is attested, and what the host says is not.</summary>
    public void ShowIn(IConfiguration? configuration)
    {
        switch (configuration)
        {
            case IConfigurationBuilder builder:
                builder.Add(new MemoryConfigurationSource { InitialData = _variables });
                break;
            case IConfigurationRoot root when root.Providers.Any():
                // To what the older HostBuilder has built no source can be added, but its sources take values.
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
