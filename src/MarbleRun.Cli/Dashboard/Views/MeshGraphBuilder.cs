using System.Collections.Immutable;
using MarbleRun.Manifests;

namespace MarbleRun.Cli.Dashboard.Views;

/// <summary>Reads the graph from a manifest.</summary>
internal static class MeshGraphBuilder
{
    private const int MaxColumns = 6;

    public static MeshGraph Create(Manifest manifest)
    {
        ImmutableArray<MeshDoor> doors =
        [
            .. manifest.Marbles.SelectMany(marble => TagsOf(manifest, marble.Value).SelectMany(tag => tag.Incoming)
                .Select(entry => new MeshDoor(marble.Key, entry.Port, entry.DisableClientAuth)).Distinct()),
        ];
        ILookup<string, string> byPort = doors.ToLookup(door => door.Port, door => door.MarbleType, StringComparer.Ordinal);
        ImmutableArray<MeshEdge> edges =
        [
            .. manifest.Marbles.SelectMany(marble => TagsOf(manifest, marble.Value).SelectMany(tag => tag.Outgoing)
                .SelectMany(entry => EdgesOf(manifest, marble.Key, entry, [.. byPort[entry.Port].Distinct(StringComparer.Ordinal)]))
                .Distinct()),
        ];
        Dictionary<string, int> columns = ColumnsOf(manifest.Marbles.Keys, edges);
        return new MeshGraph(
            [
                .. manifest.Marbles.Select(marble => new MeshNode(
                    marble.Key,
                    marble.Value.PreviousPackage.Length == 0
                        ? marble.Value.Package
                        : $"{marble.Value.Package}, {marble.Value.PreviousPackage}",
                    columns[marble.Key])),
            ],
            edges,
            doors);
    }

    private static IEnumerable<TlsTag> TagsOf(Manifest manifest, MarbleDefinition marble) =>
        marble.Tls.Select(tag => manifest.Tls.GetValueOrDefault(tag)).OfType<TlsTag>();

    private static IEnumerable<MeshEdge> EdgesOf(Manifest manifest, string from, TlsEntry entry, string[] listening)
    {
        string address = $"{entry.Addr}:{entry.Port}";
        string[] named = [.. listening.Where(type => IsNameOf(entry.Addr, type, manifest.Marbles[type]))];
        return named.Length > 0 ? named.Select(type => new MeshEdge(from, type, address, IsByPort: false))
            : listening.Length > 0 ? listening.Select(type => new MeshEdge(from, type, address, IsByPort: true))
            : [new MeshEdge(from, null, address, IsByPort: false)];
    }

    /// <summary>Services are usually reached by the name of their type, alone or as the first label of a longer name.</summary>
    private static bool IsNameOf(string address, string type, MarbleDefinition marble) =>
        string.Equals(address, type, StringComparison.OrdinalIgnoreCase)
        || address.StartsWith(type + ".", StringComparison.OrdinalIgnoreCase)
        || (marble.AllowedDnsNames ?? []).Contains(address, StringComparer.OrdinalIgnoreCase);

    /// <summary>The length of the longest way to a type; types in a circle stay where they were found first.</summary>
    private static Dictionary<string, int> ColumnsOf(IEnumerable<string> types, ImmutableArray<MeshEdge> edges)
    {
        var columns = types.ToDictionary(type => type, _ => 0, StringComparer.Ordinal);
        (string From, string To)[] ways =
            [.. edges.Where(edge => edge.To is not null && edge.To != edge.From).Select(edge => (edge.From, edge.To!))];
        for (int round = 0; round < Math.Min(columns.Count, MaxColumns); round++)
        {
            bool moved = false;
            foreach ((string from, string to) in ways)
            {
                if (columns[to] <= columns[from] && columns[from] + 1 < MaxColumns)
                {
                    columns[to] = columns[from] + 1;
                    moved = true;
                }
            }

            if (!moved)
            {
                break;
            }
        }

        return columns;
    }
}
