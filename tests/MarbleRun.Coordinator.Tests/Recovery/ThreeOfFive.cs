namespace MarbleRun.Coordinator.Tests.Recovery;

/// <summary>The 60 ways to choose three of five, in order.</summary>
internal static class ThreeOfFive
{
    public static IEnumerable<int[]> All =>
        from a in Enumerable.Range(0, 5)
        from b in Enumerable.Range(0, 5)
        from c in Enumerable.Range(0, 5)
        where a != b && b != c && a != c
        select (int[])[a, b, c];
}
