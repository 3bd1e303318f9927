using System.Collections.Immutable;

namespace MarbleRun.Cli.Dashboard.Views;

/// <summary>The Marble types of a mesh, and their TTLS connections.</summary>
/// <param name="Nodes">The Marble types, in the order of their names.</param>
/// <param name="Edges">Who may connect to whom.</param>
/// <param name="Doors">The ports that accept connections.</param>
internal sealed record MeshGraph(ImmutableArray<MeshNode> Nodes, ImmutableArray<MeshEdge> Edges, ImmutableArray<MeshDoor> Doors);

/// <summary>A Marble type.</summary>
/// <param name="Name">The name in the manifest.</param>
/// <param name="Packages">The packages that may run as it.</param>
/// <param name="Column">Its distance from the types that are not called by others, for the picture.</param>
internal sealed record MeshNode(string Name, string Packages, int Column);

/// <summary>A connection that a TTLS policy wraps in TLS.</summary>
/// <param name="From">The Marble type that connects.</param>
/// <param name="To">The Marble type that accepts; null for an address that no type of the manifest has.</param>
/// <param name="Address">The address and port of the policy.</param>
/// <param name="IsByPort">Whether only the port says that <paramref name="To"/> is meant, and not the host name.</param>
internal sealed record MeshEdge(string From, string? To, string Address, bool IsByPort);

/// <summary>A port of a Marble type that accepts connections with TLS.</summary>
/// <param name="MarbleType">The type.</param>
/// <param name="Port">The port.</param>
/// <param name="IsOpen">Whether clients need no certificate of the mesh.</param>
internal sealed record MeshDoor(string MarbleType, string Port, bool IsOpen);
