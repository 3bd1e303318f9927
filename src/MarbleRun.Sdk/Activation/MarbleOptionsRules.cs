using MarbleRun.Activation.Targets;
using MarbleRun.Activation.Trust;
using MarbleRun.Manifests.Certificates;
using Microsoft.Extensions.Options;

namespace MarbleRun.Activation;

/// <summary>Validates <see cref="MarbleOptions"/> and reports all errors at once.</summary>
internal sealed class MarbleOptionsRules : IValidateOptions<MarbleOptions>
{
    private static readonly TimeSpan s_shortestTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestTimeout = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_shortestMaxAge = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_longestMaxAge = TimeSpan.FromDays(7);

    public ValidateOptionsResult Validate(string? name, MarbleOptions options)
    {
        List<string> complaints = [.. Check(options)];
        return complaints.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(complaints);
    }

    public static IEnumerable<string> Check(MarbleOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (string.IsNullOrEmpty(options.MarbleType))
        {
            yield return "No Marble type is set: set EDG_MARBLE_TYPE or Marble:MarbleType to a name under Marbles in the manifest.";
        }

        if (!CoordinatorAddresses.TryParse(options.CoordinatorAddress, out _))
        {
            yield return $"'{options.CoordinatorAddress}' is not a Coordinator address: "
                + "set EDG_MARBLE_COORDINATOR_ADDR or Marble:CoordinatorAddress to host:port, or to several with commas between them.";
        }

        foreach (string fault in options.ConnectionLimits.FindFaults())
        {
            yield return $"Marble:ConnectionLimits:{fault}.";
        }

        if (options.DnsNames is null or [])
        {
            yield return "No DNS name is set: set EDG_MARBLE_DNS_NAMES or Marble:DnsNames to the names under which peers reach this "
                + "Marble.";
        }

        string[] faulty = [.. (options.DnsNames ?? []).Where(n => SubjectNames.FindFault(n ?? string.Empty) is not null)];
        foreach (string dnsName in faulty)
        {
            yield return $"'{dnsName}' is not a DNS name: {SubjectNames.FindFault(dnsName ?? string.Empty)}. "
                + "Set EDG_MARBLE_DNS_NAMES or Marble:DnsNames to ASCII names without spaces; encode other names in Punycode.";
        }

        if (faulty.Length == 0 && !SubjectNames.TryRead(options.DnsNames ?? [], out _, out string? wrong))
        {
            yield return $"The DNS names do not fit in one certificate: {wrong}. Set EDG_MARBLE_DNS_NAMES or Marble:DnsNames to fewer.";
        }

        if (!string.IsNullOrEmpty(options.HealthAddress) && !HealthAddress.TryParse(options.HealthAddress, out _))
        {
            yield return $"'{options.HealthAddress}' is not an address for probes: set Marble:HealthAddress to IP:port, localhost:port or "
                + $":port.";
        }

        if (options.ActivationTimeout < s_shortestTimeout || options.ActivationTimeout > s_longestTimeout)
        {
            yield return $"The activation timeout is {options.ActivationTimeout}: "
                + $"set Marble:ActivationTimeout between {s_shortestTimeout} and {s_longestTimeout}.";
        }

        if (options.RevocationPolicy.MaxAge < s_shortestMaxAge || options.RevocationPolicy.MaxAge > s_longestMaxAge)
        {
            yield return $"RevocationPolicy.MaxAge is {options.RevocationPolicy.MaxAge}: set MarbleOptions.RevocationPolicy.MaxAge between "
                + $"{s_shortestMaxAge} and {s_longestMaxAge}.";
        }

        foreach (string complaint in TrustRules.Check(options))
        {
            yield return complaint;
        }

        foreach (string root in options.FileRoots.Where(r => !IsFolder(r)))
        {
            yield return $"{PeerText.Quote(root)} in MarbleOptions.FileRoots is not a folder to write files in: use a folder that is not "
                + $"the root of a file system.";
        }

        foreach (string variable in options.AllowedVariables.Where(
            v => string.IsNullOrEmpty(v) || v.Contains('=', StringComparison.Ordinal)))
        {
            yield return $"{PeerText.Quote(variable)} in MarbleOptions.AllowedVariables is not the name of an environment variable.";
        }
    }

    private static bool IsFolder(string? root) =>
        !string.IsNullOrWhiteSpace(root)
        && !root.Any(char.IsControl)
        && Path.GetDirectoryName(PathText.Complete(root, Environment.CurrentDirectory)) is not null;

    public static void ThrowIfInvalid(MarbleOptions options)
    {
        List<string> complaints = [.. Check(options)];
        if (complaints.Count > 0)
        {
            throw new OptionsValidationException(MarbleOptions.SectionName, typeof(MarbleOptions), complaints);
        }
    }
}
