using MarbleRun.Cli.Dashboard.Views;

namespace MarbleRun.Cli.Dashboard.Pages;

/// <summary>Which Marbles there may be, who may talk to whom, and who is there.</summary>
internal static class MeshPage
{
    /// <param name="context">What the page is drawn from.</param>
    /// <param name="type">The Marble type whose Marbles are listed; null for none.</param>
    /// <param name="page">Which of its Marbles, from 0.</param>
    public static string Write(PageContext context, string? type, int page) => Layout.Write(context, "/mesh", "Mesh", isLive: true, html =>
    {
        if (context.View.Mesh is not { } mesh)
        {
            html.Add($"<p>No manifest is in force, so there is no mesh yet.</p>");
            return;
        }

        MeshPicture.Write(html, mesh.Graph, context.View.Marbles);
        WriteTypes(html, mesh, context.View.Marbles);
        if (type is not null)
        {
            MarbleTable.Write(html, context, type, page);
        }

        WriteConnections(html, mesh.Graph);
        RevocationTable.Write(html, context);
    });

    private static void WriteTypes(HtmlWriter html, MeshView mesh, MarblesView marbles)
    {
        html.Add($"""<h2 id="types">Marble types</h2>""");
        if (marbles.Note is { } note)
        {
            html.Add($"<p>{note}</p>");
        }

        html.Add($"""<div class="scroll" tabindex="0" role="region" aria-labelledby="types"><table><thead><tr>""")
            .Add($"""<th scope="col">Marble type</th><th scope="col">Package</th><th scope="col">Limit of activations</th>""")
            .Add($"""<th scope="col">Live Marbles</th></tr></thead><tbody>""");
        foreach (MeshNode node in mesh.Graph.Nodes)
        {
            ulong limit = mesh.Manifest.Marbles[node.Name].MaxActivations;
            html.Add($"""<tr><th scope="row">{node.Name}</th><td>{node.Packages}</td><td>""")
                .Add($"{(limit == 0 ? "none" : limit.ToString(System.Globalization.CultureInfo.InvariantCulture))}</td><td>");
            int count = marbles.CountOf(node.Name);
            html = count > 0
                ? html.Add($"""<a href="/mesh?type={Uri.EscapeDataString(node.Name)}#marbles">{count}<span class="hidden"> """)
                    .Add($"""Marbles of type """)
                    .Add($"{node.Name}</span></a>")
                : html.Text(marbles.Note is null ? "0" : "not known");
            html.Add($"</td></tr>");
        }

        html.Add($"</tbody></table></div>");
    }

    private static void WriteConnections(HtmlWriter html, MeshGraph graph)
    {
        html.Add($"""<h2 id="connections">Who may talk to whom</h2>""");
        if (graph.Edges.IsEmpty && graph.Doors.IsEmpty)
        {
            html.Add($"<p>The manifest has no TTLS policies. Marbles that use the mesh's certificates decide themselves whom ")
                .Add($"they accept.</p>");
            return;
        }

        html.Add($"""<div class="scroll" tabindex="0" role="region" aria-labelledby="connections"><table><thead><tr>""")
            .Add($"""<th scope="col">Marble type</th><th scope="col">Connects to</th><th scope="col">Address</th></tr></thead><tbody>""");
        foreach (MeshEdge edge in graph.Edges)
        {
            html.Add($"""<tr><th scope="row">{edge.From}</th><td>{edge.To ?? "an address outside the manifest"}""")
                .Text(edge.IsByPort ? " (by its port)" : string.Empty).Add($"</td><td>{edge.Address}</td></tr>");
        }

        foreach (MeshDoor door in graph.Doors)
        {
            html.Add($"""<tr><th scope="row">{(door.IsOpen ? "anybody" : "any Marble of this mesh")}</th><td>{door.MarbleType}</td>""")
                .Add($"<td>port {door.Port}</td></tr>");
        }

        html.Add($"</tbody></table></div>");
    }
}
