using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Activation.Targets;
using MarbleRun.Activation.Trust;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Evidence;
using MarbleRun.Identity;
using MarbleRun.Protos;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Activation.Renewal;

/// <summary>
/// Renews an identity once: verifies the Coordinator again, attests this process over the Coordinator's challenge, and exchanges the proof
/// for a certificate of a new key, which never leaves this process, and for the parameters that the manifest gives this Marble now.
/// </summary>
internal sealed class RenewalCall(RenewalSource source, TimeProvider timeProvider, ILogger logger)
{
    /// <summary>The trailer in which a Coordinator says when to come again, whole seconds.</summary>
    public const string RetryAfterTrailer = "marblerun-retry-after";

    // Three certificates, a challenge, or the evidence of the Coordinator.
    private const int LargestReplyWithoutParameters = 256 * 1024;

    private readonly int _largestReply = source.Parameters is null ? LargestReplyWithoutParameters : ParameterLimits.MostBytes;

    /// <summary>Renews.</summary>
    /// <param name="current">The identity, whose certificate must be valid now.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The new identity, which is not published, and new parameters, which are neither verified nor applied.</returns>
    /// <exception cref="RenewalException">The renewal failed; the current identity stays.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<RenewedMarble> RunAsync(MarbleIdentity current, CancellationToken cancellationToken)
    {
        using Activity? activity = MarbleTelemetry.Source.StartActivity("marble.renew", ActivityKind.Client);
        activity?.SetTag(MarbleTelemetry.MarbleType, current.MarbleType);
        using var expiry = new CancellationTokenSource(source.Options.ActivationTimeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, expiry.Token);
        try
        {
            RenewedMarble renewed = await AttemptAsync(current, either.Token).ConfigureAwait(false);
            activity?.SetTag(MarbleTelemetry.Certificate, renewed.Identity.Fingerprint);
            return renewed;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && Describe(e) is { } failure)
        {
            source.Address.MoveOn();
            activity?.SetStatus(ActivityStatusCode.Error, failure.Message);
            throw failure;
        }
    }

    private async Task<RenewedMarble> AttemptAsync(MarbleIdentity current, CancellationToken cancellationToken)
    {
        using var trust = new TrustCheck(source.Address, source.Trust, source.Options, source.Roots, current, timeProvider);
        using var mesh = new MeshChannel(source.Address, current.CertificateContext, _largestReply);
        var client = new Mesh.MeshClient(mesh.Channel);

        CoordinatorProof? proof = await trust.BeforeAsync(
            mesh.Channel.CreateCallInvoker(), mesh.Handshake, cancellationToken).ConfigureAwait(false);
        if (proof is not null && !proof.Root.RawDataMemory.Span.SequenceEqual(current.CoordinatorRoot.RawDataMemory.Span))
        {
            throw new RenewalException(
                RenewalFailure.Untrusted,
                $"The Coordinator at {source.Address.Authority} proved another root certificate than that of the deployment that this "
                + "Marble belongs to. This Marble keeps its certificate. If the deployment was set up again, start this Marble again.");
        }

        ChallengeResponse challenge = await client.ChallengeAsync(
            new ChallengeRequest(), cancellationToken: cancellationToken).ConfigureAwait(false);
        Check(challenge, proof);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        RenewRequest request = await CreateRequestAsync(challenge, key, current, cancellationToken).ConfigureAwait(false);
        RenewResponse reply = await client.RenewAsync(request, cancellationToken: cancellationToken).ConfigureAwait(false);

        MarbleIdentity renewed = RenewalReply.ReadIdentity(
            reply, mesh.Handshake.ServerCertificate, key, current, timeProvider.GetUtcNow());
        trust.ThrowIfUntrusted(renewed, proof);
        TrustWarnings.WriteListed(logger, proof, source.Address.Authority);
        return new RenewedMarble(renewed, source.Parameters is null ? null : ReceivedParameters.Of(reply));
    }

    private static void Check(ChallengeResponse challenge, CoordinatorProof? proof)
    {
        if (challenge.Challenge.Length != AttestationBinding.NonceSize || challenge.ManifestFingerprint.Length != SHA256.HashSizeInBytes)
        {
            throw new RenewalException(
                RenewalFailure.Untrusted,
                $"The Coordinator's challenge has {challenge.Challenge.Length} bytes and a fingerprint of "
                + $"{challenge.ManifestFingerprint.Length} bytes, instead of {AttestationBinding.NonceSize} and {SHA256.HashSizeInBytes}. "
                + "This Marble keeps its certificate.");
        }

        if (proof is not null
            && !string.Equals(
                proof.ManifestFingerprint, Convert.ToHexStringLower(challenge.ManifestFingerprint.Span), StringComparison.Ordinal))
        {
            // The same server, whose key is attested: an update came between the two calls.
            throw new RenewalException(
                RenewalFailure.Unavailable,
                "The Coordinator's manifest was updated during the renewal, after the Coordinator had attested it.");
        }
    }

    private async Task<RenewRequest> CreateRequestAsync(
        ChallengeResponse challenge, ECDsa key, MarbleIdentity current, CancellationToken cancellationToken)
    {
        var binding = new AttestationBinding
        {
            Purpose = AttestationBinding.MarbleRenewal,
            Role = AttestationBinding.MarbleRole,
            Nonce = challenge.Challenge.Memory,
            KeyHash = SHA256.HashData(key.ExportSubjectPublicKeyInfo()),
            RootHash = SHA256.HashData(current.CoordinatorRoot.RawDataMemory.Span),
            ManifestHash = challenge.ManifestFingerprint.Memory,
        };
        Quote quote = await OwnQuote.IssueAsync(source.Issuer, binding.ToReportData(), cancellationToken).ConfigureAwait(false);
        var request = new RenewRequest
        {
            Challenge = challenge.Challenge,
            Evidence = ByteString.CopyFrom(EvidenceWrapper.Wrap(quote)),
            Csr = ByteString.CopyFrom(MarbleCredentials.CreateRequest(key, source.Options.DnsNames)),
        };
        if (source.Parameters is { } parameters)
        {
            request.KnownParameters = parameters.Version;
        }

        return request;
    }

    private RenewalException? Describe(Exception exception) => exception switch
    {
        RenewalException failure => failure,
        RpcException refusal => DescribeRefusal(refusal),
        TrustPendingException pending => new RenewalException(RenewalFailure.Unavailable, pending.Message, pending),
        MarbleActivationException untrusted => new RenewalException(RenewalFailure.Untrusted, untrusted.Message, untrusted),
        AttestationException attestation => new RenewalException(
            RenewalFailure.Failed, $"This process could not attest itself: {attestation.Message}", attestation),
        OperationCanceledException => new RenewalException(
            RenewalFailure.Unavailable,
            $"The Coordinator at {source.Address.Authority} did not answer within {source.Options.ActivationTimeout}.",
            exception),
        _ => null,
    };

    private RenewalException DescribeRefusal(RpcException refusal)
    {
        string reason = $"{refusal.StatusCode}: {TransportFault.Describe(refusal)}";
        string address = source.Address.Authority;
        return refusal.StatusCode switch
        {
            StatusCode.ResourceExhausted when TransportFault.IsTooLong(refusal) => new RenewalException(
                RenewalFailure.Untrusted,
                $"The answer of the Coordinator at {address} is longer than {_largestReply} bytes, and was not read. This Marble keeps its "
                + "certificate.",
                refusal),
            _ when TransportFault.IsOtherServer(refusal) => new RenewalException(
                RenewalFailure.Failed, $"The server at {address} is not a Coordinator ({reason}).", refusal),
            StatusCode.Unimplemented => new RenewalException(
                RenewalFailure.Unsupported, $"The Coordinator at {address} does not renew certificates ({reason}).", refusal),
            StatusCode.Unauthenticated => new RenewalException(
                RenewalFailure.Worthless, $"The Coordinator at {address} does not accept the certificate any more ({reason}).", refusal),
            StatusCode.PermissionDenied => new RenewalException(
                RenewalFailure.Denied, $"The Coordinator at {address} refused to renew the certificate ({reason}).", refusal),
            StatusCode.Unavailable or StatusCode.FailedPrecondition or StatusCode.Aborted or StatusCode.ResourceExhausted =>
                new RenewalException(
                    RenewalFailure.Unavailable, $"The Coordinator at {address} cannot renew the certificate now ({reason}).", refusal)
                {
                    RetryAfter = ReadRetryAfter(refusal.Trailers),
                },
            _ => new RenewalException(
                RenewalFailure.Failed, $"The renewal at the Coordinator at {address} failed ({reason}).", refusal),
        };
    }

    private static TimeSpan? ReadRetryAfter(Metadata trailers) =>
        uint.TryParse(trailers.GetValue(RetryAfterTrailer), NumberStyles.None, CultureInfo.InvariantCulture, out uint seconds)
            ? TimeSpan.FromSeconds(seconds)
            : null;
}
