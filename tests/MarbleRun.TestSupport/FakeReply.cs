namespace MarbleRun.TestSupport;

/// <summary>What a <see cref="FakeCoordinator"/> answers.</summary>
public sealed class FakeReply
{
    public IDictionary<string, byte[]> Files { get; init; } = new Dictionary<string, byte[]>();

    public IDictionary<string, byte[]> Environment { get; init; } = new Dictionary<string, byte[]>();

    public IList<string> Arguments { get; init; } = [];
}
