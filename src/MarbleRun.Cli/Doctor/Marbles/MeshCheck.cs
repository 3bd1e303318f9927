using System.Globalization;
using MarbleRun.Cli.Doctor.Machines;

namespace MarbleRun.Cli.Doctor.Marbles;

/// <summary>Whether the mesh address is right, and answers from here.</summary>
internal sealed class MeshCheck() : MarbleCheck(
    "marble.coordinator", "EDG_MARBLE_COORDINATOR_ADDR, and whether it answers", "docs/getting-started.md#an-existing-service")
{
    private const string Default = "localhost:2001";

    protected override async Task<Finding?> LookAsync(Examination examination, CancellationToken cancellationToken)
    {
        string address = examination.Variable(Address) ?? Default;
        string authority = address.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? address["https://".Length..] : address;
        int colon = authority.LastIndexOf(':');
        if (colon <= 0
            || !ushort.TryParse(authority[(colon + 1)..].TrimEnd('/'), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port)
            || port == 0)
        {
            return Fail($"{Address}={address}", "host:port of the mesh port", $"Set {Address}, for instance to coordinator:2001.");
        }

        ServerFacts server = await examination.Machine.Network.ConnectAsync(authority[..colon].Trim('[', ']'), port, cancellationToken);
        return server.Kind == ServerKind.Tls
            ? Good($"{address} answers")
            : Fail(
                $"{address}: {Describe(server.Kind)}, {server.Detail}",
                "the mesh port of a Coordinator",
                "Check the name, the port (2001 by default) and the rules of the network. The mesh port is not the client port.");
    }

    private static string Describe(ServerKind kind) => kind switch
    {
        ServerKind.NoName => "unknown name",
        ServerKind.Closed => "no connection",
        _ => "no TLS",
    };
}
