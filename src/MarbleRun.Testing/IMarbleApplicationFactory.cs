namespace MarbleRun.Testing;

/// <summary>An app that can be started, whatever its entry point is.</summary>
internal interface IMarbleApplicationFactory : IAsyncDisposable
{
    IServiceProvider Services { get; }

    /// <summary>Starts the app, and waits until it listens or fails.</summary>
    void StartServer();

    /// <summary>Ends a start that is under way, and every later one.</summary>
    void Abandon();

    /// <summary>Where it listens for HTTPS.</summary>
    string FindAddress();
}
