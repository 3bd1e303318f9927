using System.Net.Security;
using Grpc.Core;
using MarbleRun.Activation.Targets;
using MarbleRun.Activation.Trust;
using MarbleRun.Protos;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace MarbleRun.Activation;

/// <summary>Calls the Coordinator until it is verified and answers, it refuses, or the timeout ends.</summary>
internal sealed partial class ActivationCall(CoordinatorAddresses address, TrustCheck trust, TimeProvider timeProvider, ILogger logger)
{
    // A Coordinator sends at most 4 MiB of files and 4 MiB of variables; a longer reply is not read.
    private const int LargestReply = ParameterLimits.MostBytes;

    private static readonly TimeSpan s_firstDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_longestDelay = TimeSpan.FromSeconds(5);

    private Exception? _lastFailure;
    private string _marbleType = string.Empty;

    /// <summary>Activates the Marble.</summary>
    /// <returns>The unverified reply, the certificate of the server that sent it, and what that server proved before.</returns>
    /// <exception cref="MarbleActivationException">The Coordinator refused or is not trusted, or the timeout ended.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<(ReceivedParameters Parameters, byte[]? ServerCertificate, CoordinatorProof? Proof)> RunAsync(
        MarbleCredentials credentials, ActivationReq request, TimeSpan timeout, CancellationToken cancellationToken)
    {
        _marbleType = request.MarbleType;
        using var expiry = new CancellationTokenSource(timeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, expiry.Token);
        try
        {
            return await CreatePipeline().ExecuteAsync(
                token => AttemptAsync(credentials, request, token), either.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RpcException or TrustPendingException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw expiry.IsCancellationRequested ? DescribeTimeout(timeout, e) : DescribeRefusal(e);
        }
    }

    private ResiliencePipeline CreatePipeline() => new ResiliencePipelineBuilder { TimeProvider = timeProvider }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<RpcException>(MayPass).Handle<TrustPendingException>(),
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = s_firstDelay,
            MaxDelay = s_longestDelay,
            OnRetry = OnRetry,
        })
        .Build();

    private ValueTask OnRetry(OnRetryArguments<object> arguments)
    {
        address.MoveOn();
        if (arguments.Outcome.Exception is RpcException failure)
        {
            Log.ActivationWaits(logger, address.Authority, failure.StatusCode, TransportFault.Describe(failure), arguments.RetryDelay);
        }
        else if (arguments.Outcome.Exception is TrustPendingException pending)
        {
            Log.TrustWaits(logger, pending.Message, arguments.RetryDelay);
        }

        return ValueTask.CompletedTask;
    }

    private async ValueTask<(ReceivedParameters Parameters, byte[]? ServerCertificate, CoordinatorProof? Proof)> AttemptAsync(
        MarbleCredentials credentials, ActivationReq request, CancellationToken cancellationToken)
    {
        // Each attempt has its own connection: the certificate that the server showed must be that of the server that replied.
        using var mesh = new MeshChannel(
            address,
            SslStreamCertificateContext.Create(credentials.Certificate, additionalCertificates: null, offline: true),
            LargestReply);
        try
        {
            CoordinatorProof? proof = await trust.BeforeAsync(
                mesh.Channel.CreateCallInvoker(), mesh.Handshake, cancellationToken).ConfigureAwait(false);
            ActivationResp reply = await new Marble.MarbleClient(mesh.Channel).ActivateAsync(
                request, cancellationToken: cancellationToken).ConfigureAwait(false);
            return (ReceivedParameters.Of(reply), mesh.Handshake.ServerCertificate, proof);
        }
        catch (Exception e) when (e is RpcException or TrustPendingException)
        {
            _lastFailure = e;
            throw;
        }
    }

    /// <summary>
    /// Whether the same call may succeed later: nothing listens yet, the manifest is not set yet, or a secret is not uploaded.
    /// </summary>
    private static bool MayPass(RpcException failure) =>
        failure.StatusCode is StatusCode.Unavailable or StatusCode.FailedPrecondition or StatusCode.Aborted
        || ActivationRefusal.WaitsForSecret(failure)
        || IsConnectFailure(failure);

    private static bool IsConnectFailure(RpcException failure) =>
        failure.Status.DebugException is HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
                or HttpRequestError.SecureConnectionError,
        };

    private MarbleActivationException DescribeTimeout(TimeSpan timeout, Exception cause) => _lastFailure switch
    {
        null => new MarbleActivationException(
            MarbleActivationFailure.TimedOut,
            $"The Coordinator at {address.Authority} did not answer within {timeout}. Check its load and the network, or raise "
            + $"Marble:ActivationTimeout.",
            cause),
        TrustPendingException pending => pending.Refusal,
        RpcException { StatusCode: StatusCode.FailedPrecondition or StatusCode.Aborted } notReady => new MarbleActivationException(
            MarbleActivationFailure.CoordinatorNotReady,
            $"The Coordinator at {address.Authority} still does not accept Marbles after {timeout} "
            + $"({PeerText.Clean(notReady.Status.Detail)}). "
            + "Set its manifest, or recover it if it is in recovery mode, and start this Marble again.",
            notReady),
        RpcException missing when ActivationRefusal.WaitsForSecret(missing) => new MarbleActivationException(
            MarbleActivationFailure.CoordinatorNotReady,
            $"The Coordinator at {address.Authority} still lacks a secret of Marble type '{_marbleType}' after {timeout} "
            + $"({PeerText.Clean(missing.Status.Detail)}). "
            + ActivationRefusal.RemedyOf(missing.Status.Detail),
            missing),
        { } unreachable => new MarbleActivationException(
            MarbleActivationFailure.CoordinatorUnreachable,
            $"The Coordinator cannot be reached at {address.Authority} after {timeout} "
            + $"({TransportFault.Describe(unreachable as RpcException)}). "
            + "Check that it runs, and that EDG_MARBLE_COORDINATOR_ADDR or Marble:CoordinatorAddress names its mesh address, not its "
            + "client address.",
            unreachable),
    };

    private MarbleActivationException DescribeRefusal(Exception cause)
    {
        if (cause is not RpcException refusal)
        {
            return new MarbleActivationException(
                $"The call to the Coordinator at {address.Authority} was interrupted. Start this Marble again.", cause);
        }

        string reason = $"{refusal.StatusCode}: {TransportFault.Describe(refusal)}";
        if (TransportFault.IsOtherServer(refusal) || refusal.StatusCode == StatusCode.Unimplemented)
        {
            return new MarbleActivationException(
                $"The server at {address.Authority} does not implement the activation call ({reason}). "
                + "Check that EDG_MARBLE_COORDINATOR_ADDR or Marble:CoordinatorAddress names a Coordinator's mesh port (2001 by default), "
                + "not its client port (4433) or another server.",
                refusal);
        }

        return refusal.StatusCode switch
        {
            StatusCode.Internal or StatusCode.InvalidArgument or StatusCode.PermissionDenied or StatusCode.Unauthenticated =>
                new MarbleActivationException(
                    MarbleActivationFailure.Denied,
                    $"The Coordinator at {address.Authority} refused to activate this Marble ({reason}). It asked as type '{_marbleType}'. "
                    + ActivationRefusal.RemedyOf(refusal.Status.Detail),
                    refusal),
            StatusCode.ResourceExhausted when TransportFault.IsTooLong(refusal) => new MarbleActivationException(
                MarbleActivationFailure.InvalidReply,
                $"The Coordinator's reply is invalid, and nothing from it was applied: it is longer than {LargestReply} bytes. "
                + "Reduce the number or the size of this Marble's files in the manifest.",
                refusal),
            _ => new MarbleActivationException($"The activation at the Coordinator at {address.Authority} failed ({reason}).", refusal),
        };
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.ActivationWaits,
            LogLevel.Information,
            "The Coordinator at {Address} cannot activate this Marble yet ({Status}: {Reason}); trying again in {Delay}.",
            EventName = "ActivationWaits")]
        public static partial void ActivationWaits(ILogger logger, string address, StatusCode status, string reason, TimeSpan delay);

        [LoggerMessage(EventIds.TrustWaits, LogLevel.Information, "{Reason} Trying again in {Delay}.", EventName = "TrustWaits")]
        public static partial void TrustWaits(ILogger logger, string reason, TimeSpan delay);
    }
}
