using MarbleRun.Management;
using Microsoft.Extensions.Options;

namespace MarbleRun.Http;

/// <summary>
/// Verifies the Coordinator of one named client once, before its first use; all later connections are pinned to the result. A failed
/// verification is not kept, so the next call verifies again.
/// </summary>
internal sealed class CoordinatorPin(string name, IOptionsMonitor<CoordinatorClientOptions> options) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private VerifiedCoordinator? _verified;

    /// <summary>The options of the client.</summary>
    public CoordinatorClientOptions Options => options.Get(name);

    /// <summary>The verified Coordinator.</summary>
    /// <exception cref="InvalidOperationException">It is not verified yet.</exception>
    public VerifiedCoordinator Verified => Volatile.Read(ref _verified) ?? throw new InvalidOperationException(
        "The Coordinator is not verified yet. Use ICoordinatorClient, which verifies it before the first call, instead of the HttpClient.");

    /// <summary>Returns the verified Coordinator, and verifies it first if that is needed.</summary>
    /// <exception cref="CoordinatorVerificationException">The Coordinator is not trustworthy.</exception>
    /// <exception cref="OptionsValidationException">The options are invalid.</exception>
    public async ValueTask<VerifiedCoordinator> GetAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _verified) is { } verified)
        {
            return verified;
        }

        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_verified is null)
            {
                Volatile.Write(ref _verified, await VerifyAsync(Options, cancellationToken).ConfigureAwait(false));
            }

            return _verified!;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private static async Task<VerifiedCoordinator> VerifyAsync(CoordinatorClientOptions options, CancellationToken cancellationToken)
    {
        CoordinatorExpectation expected = options.Expectation!;
        if (expected.ExpectedFingerprint is null)
        {
            return await CoordinatorClient.VerifyCoordinatorAsync(options.Address, expected, cancellationToken).ConfigureAwait(false);
        }

        VerifiedDeployment deployment =
            await CoordinatorClient.VerifyAsync(options.Address, expected, cancellationToken).ConfigureAwait(false);
        return deployment.Coordinator;
    }
}
