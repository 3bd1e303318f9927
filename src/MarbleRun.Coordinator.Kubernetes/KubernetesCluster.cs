using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MarbleRun.Coordinator.Kubernetes.Api;
using MarbleRun.Coordinator.Peers;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Kubernetes;

/// <summary>The Secrets of a namespace, with the time limit of requests, and what their failures mean.</summary>
internal sealed class KubernetesCluster : IDisposable
{
    private const int PageSize = 200;
    private const int MaxAttempts = 3;

    private readonly KubernetesStoreOptions _options;
    private readonly KubernetesTarget _target;
    private readonly ApiServer _server;

    public KubernetesCluster(KubernetesStoreOptions options)
    {
        _options = options;
        _target = KubernetesTarget.Resolve(options);
        _server = new ApiServer(
            CreateHandler(_target, options),
            new Uri(_target.ApiServer!.AbsoluteUri.TrimEnd('/') + $"/api/v1/namespaces/{_target.Namespace}/"),
            _target.TokenFile);
        Name = $"Kubernetes at '{_target.ApiServer.AbsoluteUri.TrimEnd('/')}', namespace '{_target.Namespace}'";
    }

    /// <summary>For messages: server and namespace.</summary>
    public string Name { get; }

    public static bool IsNotFound(ApiException exception) =>
        exception is { Code: HttpStatusCode.NotFound, Reason: "NotFound", Kind: "secrets" };

    /// <summary>
    /// Reads a Secret as it was at some moment after the call: without the parameter <c>resourceVersion</c>, the API server asks a majority
    /// of etcd ("Most Recent"), and answers from no cache that may be old.
    /// </summary>
    /// <exception cref="StateStoreException">It cannot be read.</exception>
    public async Task<Secret?> FindAsync(string what, string name, bool isMetadataEnough, CancellationToken cancellationToken)
    {
        var request = new ApiRequest(HttpMethod.Get, $"secrets/{name}");
        request = isMetadataEnough ? request.ForMetadata() : request;
        try
        {
            return await ReadAsync(request, ApiJson.Default.Secret, cancellationToken).ConfigureAwait(false);
        }
        catch (ApiException exception) when (IsNotFound(exception))
        {
            return null;
        }
        catch (ApiException exception)
        {
            throw Describe(what, name, exception);
        }
    }

    /// <summary>The metadata of all Secrets that a label selector or a field selector (<c>labelSelector=…</c>) chooses, at one moment after
    /// the call.</summary>
    /// <returns>The metadata, and the version at which a watch goes on.</returns>
    /// <exception cref="StateStoreException">They cannot be read.</exception>
    public async Task<(List<ObjectMeta> Items, string ResourceVersion)> ListAsync(
        string what, string selector, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await ListPagesAsync(selector, cancellationToken).ConfigureAwait(false);
            }
            catch (ApiException exception) when (exception.Code == HttpStatusCode.Gone && attempt < MaxAttempts)
            {
                // Between two pages the server forgot the moment of the first one.
            }
            catch (ApiException exception)
            {
                throw Describe(what, "secrets", exception);
            }
        }
    }

    /// <summary>Sends the new Secret once.</summary>
    /// <exception cref="ApiException">The request failed.</exception>
    public Task<Secret> CreateAsync(Secret secret, CancellationToken cancellationToken) => SendAsync(
        new ApiRequest(HttpMethod.Post, "secrets", Serialize(secret)).ForMetadata(), ApiJson.Default.Secret, cancellationToken);

    /// <summary>Sends the replacement of the Secret with the <c>uid</c> and <c>resourceVersion</c> in it once.</summary>
    /// <exception cref="ApiException">The request failed; 409 if the Secret is another one now.</exception>
    public Task<Secret> ReplaceAsync(Secret secret, CancellationToken cancellationToken) => SendAsync(
        new ApiRequest(HttpMethod.Put, $"secrets/{secret.Metadata.Name}", Serialize(secret)).ForMetadata(),
        ApiJson.Default.Secret,
        cancellationToken);

    /// <summary>Deletes a Secret. If it is not there, nothing happens.</summary>
    /// <exception cref="ApiException">The request failed; 409 if the Secret is another one now.</exception>
    public async Task DeleteAsync(string name, Preconditions? preconditions, CancellationToken cancellationToken)
    {
        byte[]? body = preconditions is null ? null : JsonSerializer.SerializeToUtf8Bytes(
            new DeleteOptions("v1", "DeleteOptions", preconditions), ApiJson.Default.DeleteOptions);
        var request = new ApiRequest(HttpMethod.Delete, $"secrets/{name}", body is null ? default(ReadOnlyMemory<byte>?) : body);
        try
        {
            // The answer is the Secret or a Status.
            await ReadAsync(request, ApiJson.Default.Status, cancellationToken).ConfigureAwait(false);
        }
        catch (ApiException exception) when (IsNotFound(exception))
        {
            // Deleted already, perhaps by this request when it was sent before.
        }
    }

    /// <summary>Begins to watch one Secret from a version on. The caller disposes of the response.</summary>
    /// <exception cref="ApiException">The request failed; 410 if the version is too old.</exception>
    public async Task<HttpResponseMessage> WatchAsync(
        string name, string resourceVersion, TimeSpan duration, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = Limit(cancellationToken);
        var request = new ApiRequest(
            HttpMethod.Get,
            $"secrets?watch=1&fieldSelector=metadata.name%3D{name}&resourceVersion={Uri.EscapeDataString(resourceVersion)}"
            + $"&allowWatchBookmarks=true&timeoutSeconds={(int)duration.TotalSeconds}");
        return await _server.OpenAsync(request.ForMetadata(), limit.Token).ConfigureAwait(false);
    }

    /// <summary>The EndpointSlices of a service in the namespace.</summary>
    /// <exception cref="PeerDiscoveryException">They cannot be read.</exception>
    public async Task<IReadOnlyList<EndpointSlice>> ListSlicesAsync(string service, CancellationToken cancellationToken)
    {
        var slices = new List<EndpointSlice>();
        string next = string.Empty;
        try
        {
            while (true)
            {
                // Requests are relative to the namespace below /api/v1.
                var request = new ApiRequest(
                    HttpMethod.Get,
                    $"../../../../apis/discovery.k8s.io/v1/namespaces/{_target.Namespace}/endpointslices"
                    + $"?labelSelector=kubernetes.io%2Fservice-name%3D{service}&limit={PageSize}"
                    + (next.Length > 0 ? $"&continue={Uri.EscapeDataString(next)}" : string.Empty));
                EndpointSliceList page =
                    await ReadAsync(request, ApiJson.Default.EndpointSliceList, cancellationToken).ConfigureAwait(false);
                slices.AddRange(page.Items ?? []);
                if (page.Metadata?.Continue is not { Length: > 0 } more)
                {
                    return slices;
                }

                next = more;
            }
        }
        catch (ApiException exception)
        {
            string remedy = exception.Code != HttpStatusCode.Forbidden ? RemedyOf(exception)
                : $"Add this rule to a Role in the namespace '{_target.Namespace}', and bind the Role to that user with a RoleBinding: "
                + """{ apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list"] }.""";
            throw new PeerDiscoveryException($"{Name}: the EndpointSlices cannot be read. {exception.Message} {remedy}", exception);
        }
    }

    /// <summary>What is wrong, where, and what to do.</summary>
    public StateStoreException Describe(string what, string name, ApiException exception, bool isOutcomeUnknown = false) =>
        new($"{Name}, Secret '{name}': {what}. {exception.Message} {RemedyOf(exception)}", exception)
        {
            IsOutcomeUnknown = isOutcomeUnknown,
        };

    public void Dispose() => _server.Dispose();

    private static SocketsHttpHandler CreateHandler(KubernetesTarget target, KubernetesStoreOptions options)
    {
        var ssl = new SslClientAuthenticationOptions();
        if (target.CertificateAuthorityFile.Length > 0)
        {
            ssl.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            ssl.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(target.CertificateAuthorityFile);
        }

        if (options.ClientCertificateFile.Length > 0)
        {
            ssl.ClientCertificates = [X509Certificate2.CreateFromPemFile(options.ClientCertificateFile, options.ClientKeyFile)];
        }

        return new SocketsHttpHandler
        {
            SslOptions = ssl,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectTimeout = options.CommandTimeout,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        };
    }

    private static ReadOnlyMemory<byte> Serialize(Secret secret) => JsonSerializer.SerializeToUtf8Bytes(secret, ApiJson.Default.Secret);

    private CancellationTokenSource Limit(CancellationToken cancellationToken)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_options.CommandTimeout);
        return limit;
    }

    private async Task<(List<ObjectMeta> Items, string ResourceVersion)> ListPagesAsync(
        string selector, CancellationToken cancellationToken)
    {
        var items = new List<ObjectMeta>();
        string next = string.Empty;
        while (true)
        {
            var request = new ApiRequest(
                HttpMethod.Get,
                $"secrets?{selector}&limit={PageSize}{(next.Length > 0 ? $"&continue={Uri.EscapeDataString(next)}" : string.Empty)}");
            ObjectList page =
                await ReadAsync(request.ForMetadataList(), ApiJson.Default.ObjectList, cancellationToken).ConfigureAwait(false);
            items.AddRange((page.Items ?? []).Select(i => i.Metadata));
            if (page.Metadata?.Continue is not { Length: > 0 } more)
            {
                return (items, page.Metadata?.ResourceVersion ?? string.Empty);
            }

            next = more;
        }
    }

    /// <summary>Sends a request that may be made twice again while nothing refuses it and its time is not over.</summary>
    private async Task<T> ReadAsync<T>(ApiRequest request, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = Limit(cancellationToken);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await SendWithinAsync(request, type, limit.Token).ConfigureAwait(false);
            }
            catch (ApiException exception)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if ((exception.IsRefusal && exception.Code is not null) || attempt == MaxAttempts || limit.IsCancellationRequested)
                {
                    throw;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(50 << attempt), TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<T> SendAsync<T>(ApiRequest request, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = Limit(cancellationToken);
        try
        {
            return await SendWithinAsync(request, type, limit.Token).ConfigureAwait(false);
        }
        catch (ApiException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }
    }

    /// <summary>A server that has too much to do says when to come again, and has not begun with the request.</summary>
    private async Task<T> SendWithinAsync<T>(ApiRequest request, JsonTypeInfo<T> type, CancellationToken limit)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            ApiException busy;
            try
            {
                return await _server.SendAsync(request, type, limit).ConfigureAwait(false);
            }
            catch (ApiException exception) when (exception is { Code: HttpStatusCode.TooManyRequests, RetryAfter: not null })
            {
                busy = exception;
            }

            TimeSpan wait = busy.RetryAfter.GetValueOrDefault();
            if (TimeProvider.System.GetElapsedTime(start) + wait >= _options.CommandTimeout)
            {
                throw busy;
            }

            try
            {
                await Task.Delay(wait, TimeProvider.System, limit).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                throw busy;
            }
        }
    }

    private string RemedyOf(ApiException exception)
    {
        const string Section = KubernetesStoreOptions.SectionName;
        return exception.Code switch
        {
            HttpStatusCode.Unauthorized when _target.TokenFile.Length > 0 =>
                $"See that '{_target.TokenFile}' holds a token that the API server takes and that has not expired "
                + $"({Section}:{nameof(_options.TokenFile)}).",
            HttpStatusCode.Unauthorized =>
                $"Set {Section}:{nameof(_options.TokenFile)}, or {nameof(_options.ClientCertificateFile)} and "
                + $"{nameof(_options.ClientKeyFile)} with a certificate that the API server takes.",
            HttpStatusCode.Forbidden =>
                $"Add this rule to a Role in the namespace '{_target.Namespace}', and bind the Role to that user with a RoleBinding: "
                + """{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "list", "watch", "create", "update", "delete"] }.""",
            HttpStatusCode.NotFound when exception.Kind == "namespaces" =>
                $"Create the namespace (kubectl create namespace {_target.Namespace}), or name another one with "
                + $"{Section}:{nameof(_options.Namespace)}.",
            HttpStatusCode.NotFound => $"See that {Section}:{nameof(_options.ApiServer)} is the address of a Kubernetes API server.",
            _ when exception.IsTooLarge => $"Lower {Section}:{nameof(_options.ChunkSize)} (now {_options.ChunkSize}).",
            HttpStatusCode.TooManyRequests =>
                "The API server limits requests. Lower its load, or give the Coordinator's user a FlowSchema with a higher priority level.",
            HttpStatusCode.UnprocessableEntity or HttpStatusCode.BadRequest or HttpStatusCode.Conflict =>
                "See which admission policy or other program changes the Secrets of this deployment.",
            >= HttpStatusCode.InternalServerError =>
                "See that the API server and its etcd are healthy (kubectl get --raw '/readyz?verbose'), and their logs.",
            null when exception.InnerException is OperationCanceledException =>
                $"The limit is {_options.CommandTimeout} ({nameof(_options.CommandTimeout)}). See that the server runs and is not "
                + "overloaded.",
            null when exception.InnerException is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } =>
                "See that the server runs with a certificate for this name, and name its authority with "
                + $"{Section}:{nameof(_options.CertificateAuthorityFile)}.",
            null => $"See that the server runs and is reachable from here, and check {Section}:{nameof(_options.ApiServer)}.",
            _ => "See the log of the API server.",
        };
    }
}
