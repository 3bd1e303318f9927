namespace MarbleRun.TestSupport;

/// <summary>What a <see cref="FakeCoordinator"/> answers.</summary>
public sealed class FakeReply
{
    public IDictionary<string, byte[]> Files { get; init; } = new Dictionary<string, byte[]>();

    public IDictionary<string, byte[]> Environment { get; init; } = new Dictionary<string, byte[]>();

    public IList<string> Arguments { get; init; } = [];

    /// <summary>The version of the parameters, ASCII.</summary>
    public string Version { get; init; } = string.Empty;

    /// <summary>Of a renewal: files that contain the identity.</summary>
    public IList<string> IdentityFiles { get; init; } = [];

    /// <summary>Of a renewal: variables that contain the identity.</summary>
    public IList<string> IdentityVariables { get; init; } = [];

    /// <summary>Of a renewal: why there are no parameters.</summary>
    public string Fault { get; init; } = string.Empty;
}
