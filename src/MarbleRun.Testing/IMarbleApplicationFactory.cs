namespace MarbleRun.Testing;

/// <summary>An app that can be started, regardless of its entry point.</summary>
internal interface IMarbleApplicationFactory : IAsyncDisposable
{
    IServiceProvider Services { get; }

    /// <summary>Starts the app, and waits until it listens or fails.</summary>
    void StartServer();

    /// <summary>Ends a running start, and every later one.</summary>
    void Abandon();

    /// <summary>Returns the address that the app listens at for HTTPS.</summary>
    string FindAddress();
}
