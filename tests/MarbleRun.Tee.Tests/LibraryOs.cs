namespace MarbleRun.Tee.Tests;

/// <summary>One run of the script for all checks.</summary>
public sealed class LibraryOs : IAsyncLifetime
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    internal CheckRun Run { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Run = await CheckRun.RunAsync("fuse/run", [Shim.Library, Shim.StaticLibrary], s_limit);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
