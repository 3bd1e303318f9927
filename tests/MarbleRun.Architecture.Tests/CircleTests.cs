namespace MarbleRun.Architecture.Tests;

/// <summary>No room uses another one that uses it, directly or by way of others. A room is a namespace.</summary>
public sealed class CircleTests
{
    private const string Options = "the options of the whole hold those of the rooms, and the rooms read the options of the whole";

    /// <summary>Arrows that close a circle and are there all the same, each until its reason is gone. A new one is a fault.</summary>
    private static readonly (string From, string To, string Reason)[] s_known =
    [
        ("MarbleRun.Coordinator", "MarbleRun.Coordinator.Attestation", Options),
        ("MarbleRun.Coordinator", "MarbleRun.Coordinator.Authority", Options),
        ("MarbleRun.Coordinator", "MarbleRun.Coordinator.Manifests", Options),
        ("MarbleRun.Coordinator", "MarbleRun.Coordinator.Peers", Options),
        ("MarbleRun.Coordinator", "MarbleRun.Coordinator.State.Stores", Options),
        ("MarbleRun.Coordinator", "MarbleRun.Coordinator.Hosting", "Program, which starts the whole, stands beside the options"),
    ];

    [Fact]
    public void Attestation_Namespaces_HaveNoCircle() => AssertNoCircle(Rooms.Attestation);

    [Fact]
    public void Sdk_Namespaces_HaveNoCircle() => AssertNoCircle(Rooms.Sdk);

    [Fact]
    public void Coordinator_Namespaces_HaveNoCircle() => AssertNoCircle(Rooms.Coordinator);

    [Fact]
    public void Known_Arrows_ExistAndCloseACircle()
    {
        (string From, string To)[] arrows =
            [.. Rooms.Sdk.ArrowsBetweenNamespaces().Concat(Rooms.Coordinator.ArrowsBetweenNamespaces()).Select(a => a.Key)];
        string[][] circles = [.. NamespaceCircles.Of(arrows)];

        Assert.DoesNotContain(s_known, k => !arrows.Contains((k.From, k.To)) || !circles.Any(c => c.Contains(k.From) && c.Contains(k.To)));
    }

    [Fact]
    public void Of_CircleByWayOfAnother_IsFound()
    {
        (string, string)[] arrows = [("a", "b"), ("b", "c"), ("c", "b"), ("c", "d"), ("e", "f"), ("f", "g"), ("g", "e")];

        Assert.Equal([["b", "c"], ["e", "f", "g"]], NamespaceCircles.Of(arrows));
        Assert.Empty(NamespaceCircles.Of([("a", "b"), ("a", "c"), ("b", "c")]));
    }

    private static void AssertNoCircle(Rooms rooms)
    {
        ILookup<(string From, string To), string> arrows = rooms.ArrowsBetweenNamespaces();
        string[][] circles = [.. NamespaceCircles.Of(arrows.Select(a => a.Key).Except(s_known.Select(k => (k.From, k.To))))];
        IEnumerable<string> uses = arrows
            .Where(a => circles.Any(c => c.Contains(a.Key.From) && c.Contains(a.Key.To)))
            .Select(a => $"{a.Key.From} → {a.Key.To}: {a.Distinct().Count()} uses, as {a.First()}");

        Assert.True(circles.Length == 0, string.Join('\n', uses));
    }
}
