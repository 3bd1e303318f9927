namespace MarbleRun.Docs.Tests;

/// <summary>Sentences for the author of a document.</summary>
internal static class Complaints
{
    /// <summary>Fails with all of them, none cut.</summary>
    public static void AssertNone(IEnumerable<string> complaints)
    {
        string text = string.Join('\n', complaints);
        Assert.True(text.Length == 0, text);
    }
}
