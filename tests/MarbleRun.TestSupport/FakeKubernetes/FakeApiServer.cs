using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using MarbleRun.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace MarbleRun.TestSupport.FakeKubernetes;

/// <summary>
/// The API server of a cluster over TLS on loopback: Secrets and EndpointSlices of the namespaces, as the API concepts and conventions
/// describe them (get, list, watch, create, update, delete; not patch), with faults that a test asks for.
/// </summary>
public sealed class FakeApiServer : IAsyncDisposable
{
    /// <summary>The user of <see cref="AdminToken"/>.</summary>
    public const string Admin = "admin";

    public const string AdminToken = "admin-token.for-tests";

    private const int MaxBody = 3 * 1024 * 1024;

    private readonly TemporaryDirectory _folder;
    private readonly X509Certificate2 _certificate;
    private CancellationTokenSource _life = new();
    private CancellationTokenSource _streams = new();
    private TaskCompletionSource? _paused;
    private WebApplication? _app;
    private long _bytesSent;
    private int _active;

    public FakeApiServer(TemporaryDirectory folder)
    {
        _folder = folder;
        _certificate = CreateCertificate("kube-apiserver");
        CertificateAuthorityFile = Write("ca.crt", _certificate.ExportCertificatePem());
        TokenFile = Write("token", AdminToken);
        Tokens[AdminToken] = Admin;
    }

    public ObjectStore Store { get; } = new();

    public int Port { get; private set; }

    public string Address => $"https://127.0.0.1:{Port}";

    public string CertificateAuthorityFile { get; }

    public string Thumbprint => _certificate.Thumbprint;

    public string TokenFile { get; }

    /// <summary>The users by their bearer tokens.</summary>
    public ConcurrentDictionary<string, string> Tokens { get; } = new();

    /// <summary>The users by the SHA-256 thumbprints of their client certificates.</summary>
    public ConcurrentDictionary<string, string> ClientCertificates { get; } = new();

    /// <summary>RBAC.</summary>
    public Func<ApiRequestInfo, bool> IsAllowed { get; set; } = _ => true;

    /// <summary>Asked for each request that is allowed.</summary>
    public Func<ApiRequestInfo, Fault?> Faults { get; set; } = _ => null;

    /// <summary>Whether a watch from a version that is forgotten ends with an HTTP status, or with an event in the stream.</summary>
    public bool IsGoneAStatus { get; set; }

    /// <summary>Whether watches send nothing, and stay open.</summary>
    public bool IsSilent { get; set; }

    /// <summary>Verb and object of all requests, with the query.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>The characters of all answers and events.</summary>
    public long BytesSent => Volatile.Read(ref _bytesSent);

    public static X509Certificate2 CreateCertificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddMinutes(-5), now.AddDays(1));
    }

    /// <summary>Starts it at a free port, or again at the port that it had.</summary>
    public async Task StartAsync()
    {
        _life = new CancellationTokenSource();
        _streams = new CancellationTokenSource();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, Port, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.UseHttps(_certificate, https =>
                {
                    https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                    https.AllowAnyClientCertificate();
                });
            });
        });
        _app = builder.Build();
        CancellationToken life = _life.Token;
        _app.Run(context => HandleAsync(context, life));
        await _app.StartAsync();
        Port = new Uri(_app.Urls.Single()).Port;
    }

    /// <summary>Ends it with all connections; what was written stays.</summary>
    public async Task StopAsync()
    {
        if (_app is { } app)
        {
            _app = null;
            await _life.CancelAsync();
            await app.StopAsync(new CancellationToken(canceled: true));
            await app.DisposeAsync();
        }
    }

    /// <summary>From now on no request is begun and no event sent until <see cref="Resume"/>, although connections are open.</summary>
    public void Pause() => _paused ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Resume() => Interlocked.Exchange(ref _paused, null)?.SetResult();

    /// <summary>Ends all watches.</summary>
    public void CloseStreams() => Interlocked.Exchange(ref _streams, new CancellationTokenSource()).Cancel();

    /// <summary>Waits until no request but watches is in progress, also none whose client has gone.</summary>
    public async Task WaitForIdleAsync()
    {
        while (Volatile.Read(ref _active) > 0)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Resume();
        await StopAsync();
        _certificate.Dispose();
        _life.Dispose();
        _streams.Dispose();
    }

    private string Write(string name, string content)
    {
        string path = _folder.File(name);
        File.WriteAllText(path, content);
        return path;
    }

    private Task WhilePausedAsync(CancellationToken life) => (_paused?.Task ?? Task.CompletedTask).WaitAsync(life);

    private async Task HandleAsync(HttpContext context, CancellationToken life)
    {
        int counted = context.Request.Query.ContainsKey("watch") ? 0 : 1;
        Interlocked.Add(ref _active, counted);
        try
        {
            await WhilePausedAsync(life);
            await AnswerAsync(context, life);
        }
        catch (ApiStatusException exception)
        {
            await WriteAsync(context.Response, exception.Code, exception.ToJson());
        }
        catch (OperationCanceledException)
        {
            context.Abort();
        }
        finally
        {
            Interlocked.Add(ref _active, -counted);
        }

        if (life.IsCancellationRequested)
        {
            context.Abort();
        }
    }

    private async Task AnswerAsync(HttpContext context, CancellationToken life)
    {
        HttpRequest request = context.Request;
        string user = Authenticate(context);
        if (request.Path == "/readyz")
        {
            await context.Response.WriteAsync("ok", life);
            return;
        }

        ObjectPath? path = ObjectPath.TryParse(request.Path);
        if (path is null)
        {
            context.Response.StatusCode = 404;
            await context.Response.WriteAsync("404 page not found\n", life);
            return;
        }

        bool isWatch = request.Query["watch"].ToString() is "1" or "true";
        var info = new ApiRequestInfo(VerbOf(request.Method, path, isWatch), path, user);
        Requests.Enqueue($"{info}{request.QueryString}");
        if (!IsAllowed(info))
        {
            throw Forbidden(info);
        }

        JsonObject? body = info.IsWrite ? await ReadBodyAsync(request, life) : null;
        Fault? fault = Faults(info);
        await (fault?.Held ?? Task.CompletedTask).WaitAsync(life);
        if (fault is { CutsBefore: true })
        {
            context.Abort();
            return;
        }

        if (fault?.Answer is { } refused)
        {
            context.Response.Headers.RetryAfter = fault.RetryAfter;
            throw refused;
        }

        if (isWatch)
        {
            await WatchAsync(context, path, life);
            return;
        }

        (int code, JsonObject answer) = Make(request, info, body);
        await WhilePausedAsync(life);
        if (fault is { CutsAfter: true } || life.IsCancellationRequested)
        {
            context.Abort();
            return;
        }

        await (fault?.AnswerAfter is { } failed
            ? WriteAsync(context.Response, failed.Code, failed.ToJson())
            : WriteAsync(context.Response, code, answer));
    }

    private (int Code, JsonObject Answer) Make(HttpRequest request, ApiRequestInfo info, JsonObject? body)
    {
        var representation = Representation.Parse(request.Headers.Accept);
        ObjectPath path = info.Path;
        switch (info.Verb)
        {
            case "get":
                return (200, representation.Of(Store.Get(path)));
            case "list":
                (IReadOnlyList<JsonObject> items, long revision, string next) = Store.List(
                    path,
                    Selectors.Parse(path.Resource, request.Query["labelSelector"], request.Query["fieldSelector"]),
                    int.TryParse(request.Query["limit"], out int limit) ? limit : 0,
                    request.Query["continue"]);
                return (200, representation.OfList(path, items, revision, next));
            case "create":
                return (201, representation.Of(Store.Create(path with { Name = NameOf(path, body!) }, body!)));
            case "update":
                NameOf(path, body!);
                return (200, representation.Of(Store.Replace(path, body!)));
            default:
                JsonNode? preconditions = body?["preconditions"];
                JsonObject deleted = Store.Delete(path, (string?)preconditions?["uid"], (string?)preconditions?["resourceVersion"]);
                return (200, new JsonObject
                {
                    ["kind"] = "Status",
                    ["apiVersion"] = "v1",
                    ["metadata"] = new JsonObject(),
                    ["status"] = "Success",
                    ["details"] = new JsonObject
                    {
                        ["name"] = path.Name,
                        ["kind"] = path.Resource,
                        ["uid"] = deleted["metadata"]!["uid"]!.DeepClone(),
                    },
                });
        }
    }

    private async Task WatchAsync(HttpContext context, ObjectPath path, CancellationToken life)
    {
        IQueryCollection query = context.Request.Query;
        CancellationToken streams = _streams.Token;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(life, streams, context.RequestAborted);
        var watch = new WatchResponse(
            Store,
            path,
            Selectors.Parse(path.Resource, query["labelSelector"], query["fieldSelector"]),
            Representation.Parse(context.Request.Headers.Accept))
        {
            HasBookmarks = query["allowWatchBookmarks"].ToString() is "1" or "true",
            Duration = int.TryParse(query["timeoutSeconds"], out int seconds) ? TimeSpan.FromSeconds(seconds) : TimeSpan.FromMinutes(30),
            Gate = () => IsSilent ? Task.Delay(Timeout.InfiniteTimeSpan, end.Token) : _paused?.Task ?? Task.CompletedTask,
            IsGoneAStatus = IsGoneAStatus,
            Sent = length => Interlocked.Add(ref _bytesSent, length),
        };
        try
        {
            await watch.SendAsync(context.Response, query["resourceVersion"], end.Token);
        }
        catch (OperationCanceledException) when (streams.IsCancellationRequested && !life.IsCancellationRequested)
        {
            // The server ends the stream as after its time.
        }
    }

    private string Authenticate(HttpContext context)
    {
        string header = context.Request.Headers.Authorization.ToString();
        return header.StartsWith("Bearer ", StringComparison.Ordinal) && Tokens.TryGetValue(header["Bearer ".Length..], out string? user)
            ? user
            : context.Connection.ClientCertificate is { } certificate
                && ClientCertificates.TryGetValue(certificate.GetCertHashString(HashAlgorithmName.SHA256), out string? name)
            ? name
            : throw new ApiStatusException(401, "Unauthorized", "Unauthorized");
    }

    private static string VerbOf(string method, ObjectPath path, bool isWatch) => (method, path.Name) switch
    {
        ("GET", _) when isWatch => "watch",
        ("GET", null) => "list",
        ("GET", _) => "get",
        ("POST", null) => "create",
        ("PUT", not null) => "update",
        ("DELETE", not null) => "delete",
        _ => throw new ApiStatusException(405, "MethodNotAllowed", "the server does not allow this method on the requested resource"),
    };

    private static ApiStatusException Forbidden(ApiRequestInfo info)
    {
        string name = info.Path.Name is { } given ? $" \"{given}\"" : string.Empty;
        return new ApiStatusException(
            403,
            "Forbidden",
            $"{info.Path.Resource}{name} is forbidden: User \"{info.User}\" cannot {info.Verb} resource \"{info.Path.Resource}\" in API "
            + $"group \"{info.Path.Group}\" in the namespace \"{info.Path.Namespace}\"",
            new JsonObject { ["name"] = info.Path.Name, ["kind"] = info.Path.Resource });
    }

    /// <summary>The name in the object, which must be that of the path.</summary>
    private static string NameOf(ObjectPath path, JsonObject body)
    {
        if ((string?)body["kind"] != path.Kind || (string?)body["apiVersion"] != path.ApiVersion)
        {
            throw ApiStatusException.BadRequest($"the object provided is not of the kind {path.ApiVersion}, {path.Kind}");
        }

        JsonObject metadata = body["metadata"] as JsonObject ?? throw ApiStatusException.BadRequest("metadata is required");
        string name = (string?)metadata["name"] ?? throw ApiStatusException.Invalid(
            path.Kind, string.Empty, "metadata.name", "Required value: name or generateName is required");
        if (path.Name is not null && name != path.Name)
        {
            throw ApiStatusException.BadRequest("the name of the object does not match the name on the URL");
        }

        if ((string?)metadata["namespace"] is { } ns && ns != path.Namespace)
        {
            throw ApiStatusException.BadRequest("the namespace of the object does not match the namespace on the request");
        }

        metadata["namespace"] = path.Namespace;
        if (path.Resource == "secrets")
        {
            body["type"] ??= "Opaque";
        }

        return name;
    }

    private static async Task<JsonObject?> ReadBodyAsync(HttpRequest request, CancellationToken life)
    {
        using var buffer = new MemoryStream();
        byte[] part = new byte[64 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(part, life)) > 0)
        {
            buffer.Write(part, 0, read);
            if (buffer.Length > MaxBody)
            {
                throw new ApiStatusException(413, "RequestEntityTooLarge", $"Request entity too large: limit is {MaxBody}");
            }
        }

        try
        {
            return buffer.Length == 0 ? null : JsonNode.Parse(buffer.ToArray()) as JsonObject;
        }
        catch (JsonException exception)
        {
            throw ApiStatusException.BadRequest($"couldn't get version/kind; json parse error: {exception.Message}");
        }
    }

    private async Task WriteAsync(HttpResponse response, int code, JsonObject answer)
    {
        response.StatusCode = code;
        response.ContentType = "application/json";
        string text = answer.ToJsonString();
        Interlocked.Add(ref _bytesSent, text.Length);
        await response.WriteAsync(text);
    }
}
