namespace MarbleRun.Architecture.Tests;

/// <summary>Circles of namespaces: the largest sets in which each uses each, directly or by way of others.</summary>
internal static class NamespaceCircles
{
    public static IEnumerable<string[]> Of(IEnumerable<(string From, string To)> arrows)
    {
        ILookup<string, string> targets = arrows.ToLookup(a => a.From, a => a.To);
        Dictionary<string, HashSet<string>> reached = targets.ToDictionary(t => t.Key, t => Reach(t.Key, targets));
        return reached.Keys
            .Where(n => reached[n].Contains(n))
            .Select(n => reached[n]
                .Where(m => reached.TryGetValue(m, out HashSet<string>? back) && back.Contains(n))
                .Order(StringComparer.Ordinal)
                .ToArray())
            .DistinctBy(circle => circle[0]);
    }

    private static HashSet<string> Reach(string start, ILookup<string, string> targets)
    {
        HashSet<string> seen = [];
        var open = new Stack<string>(targets[start]);
        while (open.TryPop(out string? next))
        {
            if (seen.Add(next))
            {
                foreach (string further in targets[next])
                {
                    open.Push(further);
                }
            }
        }

        return seen;
    }
}
