using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Google.Protobuf;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Identity;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Reading;
using MarbleRun.Protos;

namespace MarbleRun.Management;

/// <summary>The steps of a relying party; each depends on the previous one.</summary>
internal sealed class CoordinatorVerifier
{
    private const int NonceSize = 32;

    /// <summary>A list of the greatest length in base64.</summary>
    private const int LargestTrustList = TrustListReader.MostBytes * 2;

    private readonly Uri _address;
    private readonly CoordinatorExpectation _expected;

    private CoordinatorVerifier(Uri address, CoordinatorExpectation expected)
    {
        _address = address;
        _expected = expected;
    }

    public static CoordinatorVerifier Create(string address, CoordinatorExpectation expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        expected.ThrowIfInvalid();
        return CoordinatorAddress.TryParse(address, out Uri? uri)
            ? new CoordinatorVerifier(uri, expected)
            : throw new ArgumentException($"'{address}' is not a Coordinator address; use host:port.", nameof(address));
    }

    public Task<VerifiedCoordinator> VerifyCoordinatorAsync(CancellationToken cancellationToken) =>
        RunAsync(CheckCoordinatorAsync, cancellationToken);

    public Task<VerifiedDeployment> VerifyDeploymentAsync(CancellationToken cancellationToken) => RunAsync(
        async token =>
        {
            VerifiedCoordinator coordinator = await CheckCoordinatorAsync(token).ConfigureAwait(false);
            return await CheckManifestAsync(coordinator, token).ConfigureAwait(false);
        },
        cancellationToken);

    private async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> steps, CancellationToken cancellationToken)
    {
        using var expiry = new CancellationTokenSource(_expected.Timeout, _expected.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, expiry.Token);
        try
        {
            return await steps(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (expiry.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new CoordinatorVerificationException(
                CoordinatorVerificationFailure.Unreachable,
                $"The Coordinator at {_address.Authority} did not answer within {_expected.Timeout}.",
                innerException: e);
        }
        catch (CoordinatorException e)
        {
            CoordinatorVerificationFailure failure =
                e.ErrorCode == CoordinatorErrorCode.Unreachable
                    ? CoordinatorVerificationFailure.Unreachable
                    : CoordinatorVerificationFailure.InvalidReply;
            throw new CoordinatorVerificationException(failure, e.Message, innerException: e);
        }
    }

    private async Task<VerifiedCoordinator> CheckCoordinatorAsync(CancellationToken cancellationToken)
    {
        byte[] nonce = _expected.Nonce.IsEmpty ? RandomNumberGenerator.GetBytes(NonceSize) : _expected.Nonce.ToArray();
        var peer = new CoordinatorPeer(pinned: null);
        using var connection = new CoordinatorConnection(_address, peer);
        CoordinatorEvidence reply = await CoordinatorClient.GetEvidenceAsync(connection, nonce, cancellationToken).ConfigureAwait(false);

        var expectation = new QuoteExpectation
        {
            ReportData = ReportData.ForCertificate(reply.Root.RawDataMemory.Span, nonce),
            Package = _expected.ExpectedPackage,
        };
        Verdict verdict = await _expected.Verifier.VerifyAsync(reply.Quote, expectation, cancellationToken).ConfigureAwait(false);
        if (!verdict.IsAccepted)
        {
            throw new CoordinatorVerificationException(
                CoordinatorVerificationFailure.QuoteRefused,
                $"The quote of the Coordinator at {_address.Authority} was refused. {verdict.Summary}.",
                verdict);
        }

        if (peer.Certificate is not { } shown || !reply.Root.RawDataMemory.Span.SequenceEqual(shown))
        {
            throw new CoordinatorVerificationException(
                CoordinatorVerificationFailure.TlsPeerMismatch,
                $"The server at {_address.Authority} passed on a genuine quote, but its own certificate is not the root that the quote "
                + "vouches for: the connection to the Coordinator is intercepted. Connect to the Coordinator directly, with TLS passed "
                + "through.",
                verdict);
        }

        CheckIntermediate(reply.Intermediate, reply.Root, verdict);
        return new VerifiedCoordinator(_address, reply, verdict);
    }

    private void CheckIntermediate(X509Certificate2 intermediate, X509Certificate2 root, Verdict verdict)
    {
        bool isAuthority = intermediate.Extensions.OfType<X509BasicConstraintsExtension>().Any(e => e.CertificateAuthority);
        string? reason = isAuthority ? null : "it is not a certificate authority";
        if (reason is not null
            || !CertificateChain.TryVerify(intermediate, root, CertificateRole.Any, _expected.TimeProvider.GetUtcNow(), out reason))
        {
            throw new CoordinatorVerificationException(
                CoordinatorVerificationFailure.IntermediateUntrusted,
                $"The intermediate certificate from {_address.Authority} does not belong to the root that the quote vouches for: {reason}.",
                verdict);
        }
    }

    /// <summary>The signed trust list; null if the Coordinator has none.</summary>
    private async Task<MarbleTrust?> GetTrustAsync(
        CoordinatorConnection connection, VerifiedCoordinator coordinator, CancellationToken cancellationToken)
    {
        JsonElement data;
        try
        {
            data = await connection.GetAsync("api/v2/trust", LargestTrustList, cancellationToken).ConfigureAwait(false);
        }
        catch (CoordinatorException e) when (e.ErrorCode == CoordinatorErrorCode.NotFound)
        {
            // A Coordinator of MarbleRun 1.9 does not have this path.
            return null;
        }

        var signed = new SignedTrustList
        {
            List = ByteString.CopyFrom(ReplyMembers.GetBytes(data, "list")),
            Signature = ByteString.CopyFrom(ReplyMembers.GetBytes(data, "signature")),
        };
        return TrustListReader.TryRead(
            signed, coordinator.Root, _expected.TimeProvider.GetUtcNow(), out MarbleTrust? trust, out string? reason)
            ? trust
            : throw new CoordinatorVerificationException(
                CoordinatorVerificationFailure.InvalidReply,
                $"The trust list of the Coordinator at {_address.Authority} cannot be used: {reason}.",
                coordinator.Verdict);
    }

    private async Task<VerifiedDeployment> CheckManifestAsync(VerifiedCoordinator coordinator, CancellationToken cancellationToken)
    {
        using var connection = new CoordinatorConnection(_address, new CoordinatorPeer(coordinator.Root.RawData));
        SignedManifest manifest;
        try
        {
            manifest = await CoordinatorClient.GetManifestAsync(connection, cancellationToken).ConfigureAwait(false);
        }
        catch (CoordinatorException e) when (e.ErrorCode is CoordinatorErrorCode.Rejected)
        {
            throw Refuse(
                CoordinatorVerificationFailure.ManifestUnavailable,
                $"The Coordinator is genuine but shows no manifest. {e.Message}. Set its manifest, or recover it, and verify again.",
                e);
        }
        catch (CoordinatorException e) when (e.ErrorCode is CoordinatorErrorCode.InvalidReply)
        {
            throw Refuse(CoordinatorVerificationFailure.ManifestInvalid, e.Message, e);
        }

        if (!manifest.IsSignedBy(coordinator.Root))
        {
            throw Refuse(
                CoordinatorVerificationFailure.ManifestInvalid, "The manifest is not signed by the root that the quote vouches for.");
        }

        if (_expected.ExpectedFingerprint is { } expected
            && !string.Equals(expected, manifest.Fingerprint, StringComparison.OrdinalIgnoreCase))
        {
            throw Refuse(
                CoordinatorVerificationFailure.UnexpectedManifest,
                $"The deployment does not have the expected manifest: its fingerprint is {manifest.Fingerprint}, expected was "
                + $"{expected.ToLowerInvariant()}. "
                + "Read its manifest, and expect that manifest only if you agree with it.");
        }

        MarbleTrust? trust = await GetTrustAsync(connection, coordinator, cancellationToken).ConfigureAwait(false);
        return new VerifiedDeployment(coordinator, manifest, Read(), trust, _expected);

        Manifest Read()
        {
            try
            {
                return ManifestParser.Parse(manifest.Content.Span);
            }
            catch (ManifestException e)
            {
                throw Refuse(
                    CoordinatorVerificationFailure.ManifestInvalid, $"The manifest is genuine but cannot be read here. {e.Message}", e);
            }
        }

        CoordinatorVerificationException Refuse(CoordinatorVerificationFailure failure, string message, Exception? cause = null) =>
            new(failure, message, coordinator.Verdict, cause);
    }
}
