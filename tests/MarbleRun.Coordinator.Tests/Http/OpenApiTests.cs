using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Coordinator.Http;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;

namespace MarbleRun.Coordinator.Tests.Http;

/// <summary>The description of the API is what the API is.</summary>
public sealed class OpenApiTests : RunningCoordinatorTest
{
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
        foreach (IApiEndpoints endpoints in Host.Services.GetServices<IApiEndpoints>())
        {
            endpoints.Map(routes);
        }

        IEnumerable<string> described = document.Paths.SelectMany(
            path => path.Value.Operations!.Keys.Select(method => $"{method.Method} {path.Key}"));

        Assert.Equal(
            routes.All.Select(route => $"{route.Method} {route.Path}").Order(StringComparer.Ordinal),
            described.Order(StringComparer.Ordinal));
    }

    /// <summary>What every request is asked before its path is: whether a page of another site sent it.</summary>
    [Fact]
    public async Task Document_RefusalsOfForeignPages_AreDescribedWithTheirContent()
    {
        OpenApiDocument document = OpenApiModelFactory.Parse(Encoding.UTF8.GetString(await GetAsync()), "json").Document!;
        var answers = new List<string>();
        foreach ((string path, IOpenApiPathItem item) in document.Paths)
        {
            foreach ((HttpMethod method, OpenApiOperation operation) in item.Operations!)
            {
                foreach ((string header, string value) in new[]
                {
                    ("Origin", "https://evil.example"),
                    ("Content-Type", "application/x-www-form-urlencoded"),
                })
                {
                    (HttpStatusCode status, string? type) = await SendAsync(method, path, header, value);
                    string code = ((int)status).ToString(CultureInfo.InvariantCulture);
                    if (operation.Responses!.TryGetValue(code, out IOpenApiResponse? response) && response.Content!.ContainsKey(type!))
                    {
                        answers.Add(code);
                    }
                    else
                    {
                        Assert.Fail(
                            $"{method} {path} with {header} is answered with {code} and {type}, which docs/openapi.json does not say.");
                    }
                }
            }
        }

        int posts = document.Paths.Values.Count(item => item.Operations!.ContainsKey(HttpMethod.Post));
        int deletes = document.Paths.Values.Count(item => item.Operations!.ContainsKey(HttpMethod.Delete));
        Assert.Equal(posts + deletes, answers.Count(code => code == "403"));
        Assert.Equal(posts, answers.Count(code => code == "415"));
    }

    private async Task<(HttpStatusCode Status, string? Type)> SendAsync(HttpMethod method, string path, string header, string value)
    {
        using var authority = new TestAuthority();
        using X509Certificate2 certificate = authority.IssueMarble("page");
        using var client = new HttpClient(new SocketsHttpHandler
        {
            SslOptions =
            {
                ClientCertificates = [certificate],
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
            },
        });
        using var request = new HttpRequestMessage(method, $"https://{Host.Client}{path}");
        request.Content = method == HttpMethod.Post ? new ByteArrayContent("{}"u8.ToArray()) : null;
        if (!request.Headers.TryAddWithoutValidation(header, value))
        {
            _ = request.Content?.Headers.TryAddWithoutValidation(header, value);
        }

        using HttpResponseMessage answer = await client.SendAsync(request, Cancellation);
        return (answer.StatusCode, answer.Content.Headers.ContentType?.ToString());
    }

    private async Task<byte[]> GetAsync()
    {
        using HttpClient client = Host.CreateClient();
        return await client.GetByteArrayAsync(new Uri("/api/v2/openapi.json", UriKind.Relative), Cancellation);
    }
}
