using MarbleRun.Cli.Dashboard.Views;

namespace MarbleRun.Cli.Dashboard.Pages;

/// <summary>Draws the mesh: a box for each Marble type, in columns from the types that are called by no other, and lines for the TTLS
/// policies. A large mesh has a box for each package instead.</summary>
internal static class MeshPicture
{
    /// <summary>With more types, a picture of types is not readable.</summary>
    private const int MaxNodes = 60;

    private const int Width = 210;
    private const int Height = 74;
    private const int GapX = 90;
    private const int GapY = 22;
    private const int Margin = 14;
    private const int MaxText = 26;

    public static void Write(HtmlWriter html, MeshGraph graph, MarblesView marbles)
    {
        bool isGrouped = graph.Nodes.Length > MaxNodes;
        Box[] boxes = isGrouped ? ByPackage(graph, marbles) : ByType(graph, marbles);
        Dictionary<string, Box> places = boxes.ToDictionary(box => box.Key, StringComparer.Ordinal);
        int width = (boxes.Length == 0 ? 0 : boxes.Max(box => box.X)) + Width + GapX + Margin;
        int height = (boxes.Length == 0 ? 0 : boxes.Max(box => box.Y)) + Height + Margin;
        html.Add($"""<div class="scroll picture" tabindex="0" role="region" aria-label="Picture of the mesh">""")
            .Add($"""<svg role="img" aria-labelledby="picture-title picture-text" width="{width}" height="{height}" """)
            .Add($"""viewBox="0 0 {width} {height}"><title id="picture-title">The mesh</title><desc id="picture-text">""")
            .Add($"{Words.Units(boxes.Length, isGrouped ? "package" : "Marble type")}, ")
            .Add($"{Words.Units(graph.Edges.Length, "connection")} by TTLS policies. The tables below have the same content.</desc>")
            .Add($"""<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">""")
            .Add($"""<path class="head" d="M0 0 8 4 0 8z"/></marker></defs>""");
        if (!isGrouped)
        {
            foreach (MeshEdge edge in graph.Edges.Where(edge => edge.To is not null))
            {
                WriteEdge(html, edge, places[edge.From], places[edge.To!]);
            }
        }

        foreach (Box box in boxes)
        {
            WriteBox(html, box);
        }

        html.Add($"</svg></div>");
        if (isGrouped)
        {
            html.Add($"<p>The mesh has {graph.Nodes.Length} Marble types. The picture has one box for each package.</p>");
        }
    }

    private static Box[] ByType(MeshGraph graph, MarblesView marbles)
    {
        var rows = new Dictionary<int, int>();
        return
        [
            .. graph.Nodes.Select(node =>
            {
                int row = rows.GetValueOrDefault(node.Column);
                rows[node.Column] = row + 1;
                return new Box(
                    node.Name,
                    node.Name,
                    node.Packages,
                    LiveText(marbles, marbles.CountOf(node.Name)),
                    Margin + (node.Column * (Width + GapX)),
                    Margin + (row * (Height + GapY)));
            }),
        ];
    }

    private static Box[] ByPackage(MeshGraph graph, MarblesView marbles)
    {
        const int Columns = 5;
        return
        [
            .. graph.Nodes
                .GroupBy(node => node.Packages, StringComparer.Ordinal)
                .OrderBy(package => package.Key, StringComparer.Ordinal)
                .Select((package, index) => new Box(
                    package.Key,
                    package.Key,
                    Words.Units(package.Count(), "Marble type"),
                    LiveText(marbles, package.Sum(node => marbles.CountOf(node.Name))),
                    Margin + (index % Columns * (Width + (GapX / 3))),
                    Margin + (index / Columns * (Height + GapY)))),
        ];
    }

    private static string LiveText(MarblesView marbles, int count) =>
        marbles.Note is not null ? string.Empty : count == 0 ? "no live Marble" : $"{Words.Units(count, "live Marble")}";

    private static void WriteBox(HtmlWriter html, Box box)
    {
        html.Add($"""<g class="node"><rect x="{box.X}" y="{box.Y}" width="{Width}" height="{Height}" rx="6"/>""")
            .Add($"""<text class="node-name" x="{box.X + 12}" y="{box.Y + 24}">{Cut(box.Name)}</text>""")
            .Add($"""<text x="{box.X + 12}" y="{box.Y + 43}">{Cut(box.Detail)}</text>""")
            .Add($"""<text x="{box.X + 12}" y="{box.Y + 61}">{box.Live}</text><title>{box.Name}</title></g>""");
    }

    private static void WriteEdge(HtmlWriter html, MeshEdge edge, Box from, Box to)
    {
        int x1 = from.X + Width;
        int y1 = from.Y + (Height / 2);
        int x2 = to.X;
        int y2 = to.Y + (Height / 2);
        int bend = from == to ? 60 : GapX / 2;
        html.Add($"""<path class="edge{(edge.IsByPort ? " by-port" : string.Empty)}" marker-end="url(#arrow)" """)
            .Add($"""d="M{x1} {y1} C{x1 + bend} {y1 - (from == to ? 70 : 0)} {x2 - bend} {y2 - (from == to ? 70 : 0)} {x2} {y2}">""")
            .Add($"<title>{edge.From} to {edge.To} at {edge.Address}</title></path>");
    }

    private static string Cut(string text) => text.Length <= MaxText ? text : text[..(MaxText - 1)] + "…";

    private sealed record Box(string Key, string Name, string Detail, string Live, int X, int Y);
}
