using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Tests.Manifests;

namespace MarbleRun.Coordinator.Tests.Http;

/// <summary>What a page of another site can make a browser send, which adds a user's certificate by itself.</summary>
public sealed class CrossSiteTests(GovernedFixture fixture) : IClassFixture<GovernedFixture>
{
    private const string Upload = """{"text":{"Key":"YWJj"}}""";
    private const string UploadV2 = """{"secrets":{"text":{"Key":"YWJj"}}}""";

    private readonly GovernedMesh _mesh = fixture.Mesh;

    /// <summary>All that is answered to a POST; a test of the routes would be the same list again.</summary>
    private static readonly string[] s_paths =
    [
        "/manifest", "/secrets", "/update", "/update-manifest", "/update-cancel", "/recover",
        "/api/v2/manifest", "/api/v2/secrets",
        "/api/v2/update", "/api/v2/update-manifest", "/api/v2/update-cancel", "/api/v2/recover", "/api/v2/monotonic-counter",
        "/api/v2/sign-quote",
    ];

    public static TheoryData<string, string, bool> Changes()
    {
        var data = new TheoryData<string, string, bool>();
        foreach (string path in s_paths)
        {
            data.Add(path, "1.1", true);
            data.Add(path, "2.0", true);
            data.Add(path, "1.1", false);
            data.Add(path, "2.0", false);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Changes))]
    [Trait("Security", "E1")]
    public async Task Post_FromAForeignPage_IsRefusedAndChangesNothing(string path, string version, bool isUser)
    {
        CoordinatorState before = _mesh.State;
        foreach ((string header, string value) in new[]
        {
            ("Origin", "https://evil.example"),
            ("Origin", "null"),
            ("Origin", $"http://{_mesh.Host.Client}"),
            ("Origin", $"https://{_mesh.Host.Client}.evil.example"),
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Site", "same-site"),
        })
        {
            Answer answer = await PostAsync(path, Upload, "application/json", isUser, version, (header, value));

            Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
            Assert.StartsWith("the request comes from a web page of another ", answer.Message, StringComparison.Ordinal);
        }

        Assert.Same(before, _mesh.State);
    }

    [Theory]
    [InlineData("text/plain;charset=UTF-8")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/jsonp")]
    [InlineData("text/plain, application/json")]
    [InlineData("")]
    [Trait("Security", "E1")]
    public async Task Post_FormsContentTypeWithACertificate_IsRefusedAndChangesNothing(string? contentType)
    {
        CoordinatorState before = _mesh.State;
        foreach (string path in s_paths)
        {
            foreach (string version in new[] { "1.1", "2.0" })
            {
                Answer answer = await PostAsync(path, Upload, contentType, hasCertificate: true, version);

                Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.Status);
                Assert.Equal(path.StartsWith("/api/v2", StringComparison.Ordinal) ? "fail" : "error", StatusOf(answer));
                Assert.Contains("-H 'Content-Type: application/json'", answer.Message, StringComparison.Ordinal);
            }
        }

        Assert.Same(before, _mesh.State);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("Application/JSON; charset=utf-8")]
    [InlineData("application/octet-stream")]
    public async Task Post_WhatClientsOfTheReferenceSend_IsTaken(string contentType)
    {
        Assert.True((await PostAsync("/secrets", Upload, contentType, hasCertificate: true, "1.1")).IsSuccess);
        Assert.True((await PostAsync("/api/v2/secrets", UploadV2, contentType, hasCertificate: true, "2.0")).IsSuccess);
    }

    /// <summary>Programs in Go send no content type unless they are told to, and none of a browser's headers.</summary>
    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Post_WithoutContentTypeFromAProgram_IsTaken(string version)
    {
        foreach (string agent in new[] { "", "Go-http-client/1.1" })
        {
            Assert.True(
                (await PostAsync("/secrets", Upload, contentType: null, hasCertificate: true, version, ("User-Agent", agent))).IsSuccess);
            Assert.True(
                (await PostAsync(
                    "/api/v2/secrets", UploadV2, contentType: null, hasCertificate: true, version, ("User-Agent", agent))).IsSuccess);
        }
    }

    /// <summary>
    /// A page can send bytes without a content type (a Blob without type); browsers name the origin then, and before they did, themselves.
    /// </summary>
    [Theory]
    [InlineData("Origin", null)]
    [InlineData("Sec-Fetch-Site", "none")]
    [InlineData("Sec-Fetch-Site", "same-origin")]
    [InlineData("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:52.0) Gecko/20100101 Firefox/52.0")]
    [Trait("Security", "E1")]
    public async Task Post_WithoutContentTypeFromABrowser_IsRefusedAndChangesNothing(string header, string? value)
    {
        CoordinatorState before = _mesh.State;
        foreach (string path in s_paths)
        {
            foreach (string version in new[] { "1.1", "2.0" })
            {
                Answer answer = await PostAsync(
                    path, Upload, contentType: null, hasCertificate: true, version, (header, value ?? $"https://{_mesh.Host.Client}"));

                Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.Status);
            }
        }

        Assert.Same(before, _mesh.State);
    }

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [Trait("Security", "E1")]
    public async Task Post_WithoutContentTypeFromAForeignPage_IsRefusedAndChangesNothing(string header, string value)
    {
        CoordinatorState before = _mesh.State;
        foreach (string path in s_paths)
        {
            foreach (string version in new[] { "1.1", "2.0" })
            {
                Assert.Equal(
                    HttpStatusCode.Forbidden,
                    (await PostAsync(path, Upload, contentType: null, hasCertificate: true, version, (header, value))).Status);
            }
        }

        Assert.Same(before, _mesh.State);
    }

    [Fact]
    public async Task Post_FromAPageOfTheCoordinatorItself_IsTaken() =>
        Assert.True((await PostAsync(
            "/api/v2/secrets",
            UploadV2,
            "application/json",
            hasCertificate: true,
            "1.1",
            ("Origin", $"https://{_mesh.Host.Client}"),
            ("Sec-Fetch-Site", "same-origin"))).IsSuccess);

    [Fact]
    public async Task Post_CancellationWithoutBody_NeedsNoContentType()
    {
        Answer answer = await PostAsync("/api/v2/update-cancel", string.Empty, contentType: null, hasCertificate: true, "1.1");

        Assert.Equal(HttpStatusCode.InternalServerError, answer.Status);
        Assert.Equal("user will is not allowed to cancel the manifest update", answer.Message);
    }

    [Fact]
    public async Task Post_FormsContentTypeWithoutCertificate_IsReadAsCurlSendsIt()
    {
        Answer answer = await PostAsync("/manifest", "{}", "application/x-www-form-urlencoded", hasCertificate: false, "1.1");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.StartsWith("server is not in expected state: a manifest is set", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_FromAForeignPage_IsAnswered()
    {
        using HttpClient client = CreateClient(hasCertificate: false);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v2/status") { Headers = { { "Origin", "https://evil.example" } } };
        using HttpResponseMessage response = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.DoesNotContain(response.Headers, header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }

    private static string? StatusOf(Answer answer) => JsonDocument.Parse(answer.Body).RootElement.GetProperty("status").GetString();

    private HttpClient CreateClient(bool hasCertificate)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null },
        };
        handler.SslOptions.ClientCertificates = hasCertificate ? [_mesh.Will.Certificate] : [];
        return new HttpClient(handler) { BaseAddress = new Uri($"https://{_mesh.Host.Client}") };
    }

    private async Task<Answer> PostAsync(
        string path, string body, string? contentType, bool hasCertificate, string version, params (string Name, string Value)[] headers)
    {
        using HttpClient client = CreateClient(hasCertificate);
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Version = Version.Parse(version),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Content = new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes(body));
        if (contentType is not null)
        {
            _ = request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        foreach ((string name, string value) in headers)
        {
            _ = request.Headers.TryAddWithoutValidation(name, value);
        }

        using HttpResponseMessage response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        MediaTypeHeaderValue type = response.Content.Headers.ContentType!;
        return new Answer(
            response.StatusCode, type.ToString(), await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
