using System.Collections.Immutable;
using System.Globalization;
using MarbleRun.Manifests.Json;

namespace MarbleRun.Manifests.Checks;

/// <summary>Checks TLS tags.</summary>
internal sealed partial class ManifestChecks
{
    private void CheckTlsTag(string name, TlsTag tag)
    {
        string path = JsonPath.Of("TLS", name);
        foreach ((string place, TlsEntry entry) in Places(path + ".Incoming", tag.Incoming))
        {
            CheckIncoming(name, place, entry);
        }

        foreach ((string place, TlsEntry entry) in Places(path + ".Outgoing", tag.Outgoing))
        {
            if (entry.Addr.Length == 0)
            {
                Error(place, $"manifest misses Addr in TLS.Outgoing.{name}", "Add the host name or IP address to connect to.");
            }

            if (entry.Port.Length == 0)
            {
                Error(place, $"manifest misses Port in TLS.Outgoing.{name}", "Add the port to connect to, as a string.");
            }

            WarnOfPort(place, entry.Port);
            if (entry.Cert.Length > 0 || entry.DisableClientAuth)
            {
                Warn(
                    place,
                    $"TLS.Outgoing.{name} ignores Cert and DisableClientAuth",
                    "Remove them; a Marble connects with its own certificate.");
            }
        }
    }

    private void CheckIncoming(string tag, string place, TlsEntry entry)
    {
        if (entry.Port.Length == 0)
        {
            Error(place, $"manifest misses Port in TLS.Incoming.{tag}", "Add the port to listen on, as a string.");
        }

        WarnOfPort(place, entry.Port);
        if (entry.Addr.Length > 0)
        {
            Warn(place, $"TLS.Incoming.{tag} ignores Addr", "Remove it; the port is open on all addresses.");
        }

        if (entry.Cert.Length == 0)
        {
            if (entry.DisableClientAuth)
            {
                Error(
                    place,
                    $"TLS.Incoming.{tag} disables client authentication",
                    "Set Cert to a certificate secret, or leave client authentication on.");
            }

            return;
        }

        if (!_manifest.Secrets.TryGetValue(entry.Cert, out SecretDefinition? secret))
        {
            Error(
                place + ".Cert",
                $"TLS.Incoming.{tag} references undefined secret {entry.Cert}",
                Nearest(entry.Cert, _manifest.Secrets.Keys) ?? "Add it to Secrets.");
        }
        else if (!secret.IsCertificate)
        {
            Warn(
                place + ".Cert",
                $"secret {entry.Cert} is not a certificate, it has the type {secret.Type}",
                "Use a secret of a type that begins with cert-.");
        }

        if (!entry.DisableClientAuth)
        {
            Error(
                place,
                $"TLS.Incoming.{tag} defines Cert but does not disable client authentication",
                "Set DisableClientAuth to true, or remove Cert to use the Marble's own certificate.");
        }
    }

    /// <summary>Marbles may share a long TLS tag; each Marble gets the complete tag.</summary>
    private const long MaxConnections = 100_000;

    private bool HasTooManyConnections =>
        _manifest.Marbles.Values
            .SelectMany(marble => marble.Tls)
            .Sum(name => _manifest.Tls.TryGetValue(name, out TlsTag? tag) ? (long)tag.Incoming.Length + tag.Outgoing.Length : 0)
            > MaxConnections;

    private void CheckConnections()
    {
        if (HasTooManyConnections)
        {
            Error(
                JsonPath.Of("TLS"),
                $"TLS: more than {MaxConnections} connections of all Marbles together are not supported; remove some from the manifest",
                "List for each Marble only the connections that it uses.");
        }
    }

    /// <summary>The number of entries that are checked for shared ports: tags may be long, and many Marbles may use them.</summary>
    private int _portBudget = 100_000;

    /// <summary>If two tags have the same port, the later one silently determines whether clients must authenticate.</summary>
    private void WarnOfSharedPorts(string path, MarbleDefinition marble)
    {
        IEnumerable<string> ports = marble.Tls.Distinct(StringComparer.Ordinal)
            .SelectMany(tag => _manifest.Tls.TryGetValue(tag, out TlsTag? found) ? found.Incoming : [])
            .Select(entry => entry.Port)
            .TakeWhile(_ => _portBudget-- > 0);
        foreach (IGrouping<string, string> port in ports.GroupBy(port => port, StringComparer.Ordinal).Where(group => group.Count() > 1))
        {
            Warn(path + ".TLS", $"port {port.Key} is incoming more than once; only the last entry counts", "Use one entry for each port.");
        }
    }

    private void WarnOfPort(string place, string port)
    {
        if (port.Length > 0 && !(ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number) && number > 0))
        {
            Warn(place + ".Port", $"port {port} is not a number from 1 to 65535", "Write the number as a string.");
        }
    }

    private static IEnumerable<(string Place, TlsEntry Entry)> Places(string path, ImmutableArray<TlsEntry> entries) =>
        entries.Select((entry, index) => (path + JsonPath.Index(index), entry));
}
