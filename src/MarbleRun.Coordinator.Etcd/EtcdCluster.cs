using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using MarbleRun.Coordinator.Etcd.Protos;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Etcd;

/// <summary>Calls to the members of a cluster, with its authentication, and what their failures mean.</summary>
internal sealed class EtcdCluster : IDisposable
{
    private readonly EtcdStoreOptions _options;
    private readonly GrpcChannel[] _channels;
    private string? _token;
    private int _current;

    public EtcdCluster(EtcdStoreOptions options)
    {
        _options = options;
        _channels = [.. Split(options.Endpoints).Select(endpoint => GrpcChannel.ForAddress(endpoint, new GrpcChannelOptions
        {
            HttpHandler = CreateHandler(options),
            DisposeHttpClient = true,
            MaxReceiveMessageSize = Math.Max(4 * 1024 * 1024, options.ChunkSize + (256 * 1024)),
            MaxSendMessageSize = Math.Max(EtcdAuditStore.MaxRequestSize, options.ChunkSize + (256 * 1024)),

            // A call that is sent twice would be made twice.
            MaxRetryAttempts = 1,
        }))];
        Name = $"etcd at '{options.Endpoints}'";
    }

    /// <summary>For messages.</summary>
    public string Name { get; }

    public static IEnumerable<string> Split(string endpoints) =>
        endpoints.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>
    /// Whether the cluster has answered that the call had no effect. A member that does not answer, has no leader or answers a time-out may
    /// have passed the call on.
    /// </summary>
    public static bool IsRefusal(RpcException exception) => exception.StatusCode is not (
        StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled or StatusCode.Unknown or StatusCode.Internal
        or StatusCode.Aborted or StatusCode.DataLoss);

    public CancellationTokenSource Limit(CancellationToken cancellationToken)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_options.CommandTimeout);
        return limit;
    }

    /// <summary>Calls one member after another until one answers, each for its share of the time limit: for calls that may be made
    /// twice.</summary>
    /// <exception cref="StateStoreException">No member answered, or the cluster refused.</exception>
    public async Task<T> ReadAsync<T>(
        string what, Func<CallInvoker, CallOptions, AsyncUnaryCall<T>> call, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(_options.CommandTimeout / _channels.Length);
            try
            {
                return await CallAsync(call, limit.Token).ConfigureAwait(false);
            }
            catch (RpcException exception)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (IsRefusal(exception) || attempt >= _channels.Length)
                {
                    throw Describe(what, exception);
                }
            }
        }
    }

    /// <summary>Calls one member once. After a failure the next call goes to another one.</summary>
    public async Task<T> CallAsync<T>(Func<CallInvoker, CallOptions, AsyncUnaryCall<T>> call, CancellationToken limit)
    {
        int index = Volatile.Read(ref _current) % _channels.Length;
        CallInvoker invoker = _channels[index].CreateCallInvoker();
        try
        {
            if (_options.User.Length > 0 && _token is null)
            {
                await AuthenticateAsync(invoker, limit).ConfigureAwait(false);
            }

            try
            {
                return await call(invoker, CreateCallOptions(limit)).ResponseAsync.ConfigureAwait(false);
            }
            catch (RpcException exception) when (exception.StatusCode == StatusCode.Unauthenticated && _token is not null)
            {
                // Tokens end with time, and with a restart of the cluster. The call was refused before it was made.
                await AuthenticateAsync(invoker, limit).ConfigureAwait(false);
                return await call(invoker, CreateCallOptions(limit)).ResponseAsync.ConfigureAwait(false);
            }
        }
        catch (RpcException exception) when (!IsRefusal(exception))
        {
            Interlocked.CompareExchange(ref _current, index + 1, index);
            throw;
        }
    }

    /// <summary>A stream to the current member; the member ends it when it has no leader.</summary>
    public async Task<AsyncDuplexStreamingCall<WatchRequest, WatchResponse>> WatchAsync(CancellationToken cancellationToken)
    {
        CallInvoker invoker = _channels[Volatile.Read(ref _current) % _channels.Length].CreateCallInvoker();
        if (_options.User.Length > 0)
        {
            await AuthenticateAsync(invoker, cancellationToken).ConfigureAwait(false);
        }

        CallOptions options = CreateCallOptions(cancellationToken);
        Metadata headers = options.Headers ?? [];
        headers.Add("hasleader", "true");
        return new Watch.WatchClient(invoker).Watch(options.WithHeaders(headers));
    }

    /// <summary>What is wrong, where, and what to do.</summary>
    public StateStoreException Describe(string what, RpcException exception, bool isOutcomeUnknown = false)
    {
        string detail = exception.Status.Detail;
        string remedy = exception.StatusCode switch
        {
            StatusCode.InvalidArgument when detail.Contains("too large", StringComparison.Ordinal) =>
                $"Start each member with --max-request-bytes={_options.ChunkSize + (128 * 1024)} or more, or lower "
                + $"{EtcdStoreOptions.SectionName}:{nameof(_options.ChunkSize)}.",
            StatusCode.InvalidArgument or StatusCode.Unauthenticated =>
                "Check User and PasswordFile, or the client certificate.",
            StatusCode.PermissionDenied =>
                $"Grant the role of the user readwrite on the prefix '{_options.KeyPrefix}{_options.Deployment}/'.",
            StatusCode.ResourceExhausted when detail.Contains("space", StringComparison.Ordinal) =>
                "Compact and defragment the cluster, raise --quota-backend-bytes, and then disarm the alarm (etcdctl alarm disarm).",
            StatusCode.Cancelled or StatusCode.DeadlineExceeded =>
                $"It did not answer in {_options.CommandTimeout}. See that the server runs and is not overloaded.",
            _ => "See that the server runs, has a majority and is reachable from here, and check Endpoints and its certificate files.",
        };
        return new StateStoreException($"{Name}: {what}: {detail} ({exception.StatusCode}). {remedy}", exception)
        {
            IsOutcomeUnknown = isOutcomeUnknown,
        };
    }

    public void Dispose() => Array.ForEach(_channels, c => c.Dispose());

    private static SocketsHttpHandler CreateHandler(EtcdStoreOptions options)
    {
        var ssl = new SslClientAuthenticationOptions();
        if (options.CertificateAuthorityFile.Length > 0)
        {
            ssl.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            ssl.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(options.CertificateAuthorityFile);
        }

        if (options.ClientCertificateFile.Length > 0)
        {
            ssl.ClientCertificates =
                [X509Certificate2.CreateFromPemFile(options.ClientCertificateFile, options.ClientKeyFile)];
        }

        return new SocketsHttpHandler
        {
            SslOptions = ssl,
            UseProxy = false,
            ConnectTimeout = options.CommandTimeout,

            // etcd refuses pings that come more often than every 5 seconds.
            KeepAlivePingDelay = TimeSpan.FromSeconds(10),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(5),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        };
    }

    private CallOptions CreateCallOptions(CancellationToken cancellationToken)
    {
        var headers = new Metadata();
        if (_token is { } token)
        {
            headers.Add("token", token);
        }

        return new CallOptions(headers, cancellationToken: cancellationToken);
    }

    private async Task AuthenticateAsync(CallInvoker invoker, CancellationToken cancellationToken)
    {
        string password;
        try
        {
            password = File.ReadLines(_options.PasswordFile).FirstOrDefault() ?? string.Empty;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StateStoreException(
                $"{Name}: the password cannot be read: {exception.Message} Let this user read the file that PasswordFile names.",
                exception);
        }

        AuthenticateResponse response = await new Auth.AuthClient(invoker).AuthenticateAsync(
            new AuthenticateRequest { Name = _options.User, Password = password },
            new CallOptions(cancellationToken: cancellationToken)).ResponseAsync.ConfigureAwait(false);
        _token = response.Token;
    }
}
