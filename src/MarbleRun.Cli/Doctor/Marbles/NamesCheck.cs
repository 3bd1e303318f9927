using System.Net;

namespace MarbleRun.Cli.Doctor.Marbles;

/// <summary>The names in the certificate of the Marble.</summary>
internal sealed class NamesCheck() : MarbleCheck("marble.names", "EDG_MARBLE_DNS_NAMES", "docs/operations/identity.md#names")
{
    protected override Task<Finding?> LookAsync(Examination examination, CancellationToken cancellationToken)
    {
        string[] names = (examination.Variable(Names) ?? "localhost")
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string[] wrong = [.. names.Where(n => !IsName(n))];
        return Task.FromResult<Finding?>(
            names.Length == 0 || wrong.Length > 0 ? Fail(
                $"{Names}={examination.Variable(Names)}: {(wrong.Length > 0 ? string.Join(", ", wrong) : "no name")}",
                "DNS names and IP addresses, separated by commas",
                "Correct the list: peers reach the Marble under these names.")
            : names is ["localhost"] ? Warn(
                "only localhost",
                "the name under which other machines reach this Marble",
                $"Set {Names} to the name of its service, for instance frontend,frontend.shop.svc.")
            : Good(string.Join(", ", names)));
    }

    private static bool IsName(string name) =>
        IPAddress.TryParse(name, out _)
        || Uri.CheckHostName(name.Replace("*.", string.Empty, StringComparison.Ordinal)) == UriHostNameType.Dns;
}
