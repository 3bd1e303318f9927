using System.Text;
using MarbleRun.Coordinator.Http;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;

namespace MarbleRun.Coordinator.Tests.Http;

/// <summary>The description of the API is what the API is.</summary>
public sealed class OpenApiTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private CoordinatorHost _host = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await CoordinatorHost.StartAsync(_directory);

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Document_AsServed_IsTheOneInTheDocsAndValid()
    {
        byte[] served = await GetAsync();

        ReadResult read = OpenApiModelFactory.Parse(Encoding.UTF8.GetString(served), "json");

        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(RepositoryFiles.Root, "docs", "openapi.json"), Cancellation), served);
        Assert.Empty(read.Diagnostic!.Errors);
        Assert.Empty(read.Diagnostic.Warnings);
    }

    [Fact]
    public async Task Document_Operations_AreExactlyTheRoutes()
    {
        OpenApiDocument document = OpenApiModelFactory.Parse(Encoding.UTF8.GetString(await GetAsync()), "json").Document!;
        var routes = new ApiRoutes();
        foreach (IApiEndpoints endpoints in _host.Services.GetServices<IApiEndpoints>())
        {
            endpoints.Map(routes);
        }

        IEnumerable<string> described = document.Paths.SelectMany(path => path.Value.Operations!.Keys.Select(method => $"{method.Method} {path.Key}"));

        Assert.Equal(routes.All.Select(route => $"{route.Method} {route.Path}").Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    private async Task<byte[]> GetAsync()
    {
        using HttpClient client = _host.CreateClient();
        return await client.GetByteArrayAsync(new Uri("/api/v2/openapi.json", UriKind.Relative), Cancellation);
    }
}
