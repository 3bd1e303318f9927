using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>
/// Reads <see cref="CoordinatorOptions.DnsNames"/>: a list, or one value with commas, as in the variable of MarbleRun 1.9. The binder would
/// ignore one value, and add a list to the default. The source with the highest precedence that has either form applies.
/// </summary>
internal sealed class DnsNamesSetup(IConfiguration configuration) : IConfigureOptions<CoordinatorOptions>
{
    private const string Key = $"{CoordinatorOptions.SectionName}:{nameof(CoordinatorOptions.DnsNames)}";

    public void Configure(CoordinatorOptions options)
    {
        List<string>? names = configuration is IConfigurationRoot root
            ? root.Providers.Reverse().Select(Read).FirstOrDefault(found => found is not null)
            : Read(configuration.GetSection(Key));

        // The binder has added the keys without a value.
        options.DnsNames = names ?? [.. (options.DnsNames ?? []).Where(name => !string.IsNullOrEmpty(name))];
    }

    private static List<string>? Read(IConfigurationProvider provider)
    {
        List<string> listed = [];
        foreach (string index in provider.GetChildKeys([], Key).Distinct(StringComparer.Ordinal))
        {
            if (provider.TryGet($"{Key}:{index}", out string? name) && !string.IsNullOrEmpty(name))
            {
                listed.Add(name);
            }
        }

        return listed.Count > 0 ? listed : Split(provider.TryGet(Key, out string? text) ? text : null);
    }

    private static List<string>? Read(IConfigurationSection section)
    {
        List<string> listed = [.. section.GetChildren().Select(c => c.Value).OfType<string>().Where(v => v.Length > 0)];
        return listed.Count > 0 ? listed : Split(section.Value);
    }

    private static List<string>? Split(string? text) =>
        text is null ? null : [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
}
