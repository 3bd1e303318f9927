using MarbleRun.Identity;
using MarbleRun.Tls;

namespace MarbleRun.Management;

/// <summary>
/// Calls Marbles of a verified deployment. A call that meets a later authority waits until the deployment is verified again, and is then
/// sent once more: its handshake failed, so nothing of it was sent.
/// </summary>
internal sealed class DeploymentHandler : DelegatingHandler
{
    private readonly DeploymentFollower _deployment;

    public DeploymentHandler(DeploymentFollower deployment, MarblePeerPolicy policy, TimeProvider timeProvider)
        : base(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            PooledConnectionLifetime = MarbleTls.LongestConnection,
            SslOptions =
            {
                EnabledSslProtocols = MarbleTls.Protocols,
                CertificateChainPolicy = InertChainPolicy.Create(),
                RemoteCertificateValidationCallback = new DeploymentPeerCheck(deployment, policy, timeProvider).ValidateServer,
            },
        }) => _deployment = deployment;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ThrowIfClear(request);
        ThrowIfStale(await _deployment.RefreshAsync(cancellationToken).ConfigureAwait(false));

        // A redirect changes the address of the request.
        Uri? address = request.RequestUri;
        try
        {
            return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException e) when (e.InnerException is UnknownAuthorityException unknown && request.RequestUri == address)
        {
            if (await _deployment.FollowAsync(unknown.Known, cancellationToken).ConfigureAwait(false) is { } reason)
            {
                throw new HttpRequestException(e.HttpRequestError, $"{unknown.Message} Also, {reason}.", unknown);
            }
        }

        return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// A call that blocks waits for a verification that is too old; for an unknown authority, an asynchronous call verifies for both.
    /// </summary>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ThrowIfClear(request);
        ThrowIfStale(_deployment.RefreshAsync(cancellationToken).AsTask().GetAwaiter().GetResult());
        return base.Send(request, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            _deployment.Dispose();
        }
    }

    /// <param name="reason">Why the deployment could not be verified again; null if it need not, or was.</param>
    private static void ThrowIfStale(string? reason)
    {
        if (reason is not null)
        {
            throw new HttpRequestException($"The verification of the deployment is too old, and {reason}.");
        }
    }

    private static void ThrowIfClear(HttpRequestMessage request)
    {
        if (request.RequestUri?.Scheme != Uri.UriSchemeHttps)
        {
            throw new InvalidOperationException(
                $"Marbles are called over TLS only, but the address is '{request.RequestUri}'. Use an https:// address.");
        }
    }
}
