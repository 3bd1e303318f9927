namespace MarbleRun.Management;

/// <summary>
/// The deployment as a client knows it now. It is verified again when a Marble shows a certificate of an authority that is not known, one
/// verification at a time and not too often, because any server can cause one.
/// </summary>
internal sealed class DeploymentFollower : IDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly DeploymentClientOptions _options;
    private readonly CoordinatorExpectation _expectation;
    private VerifiedDeployment _current;
    private DateTimeOffset _verified = DateTimeOffset.MinValue;
    private string? _refusal;

    public DeploymentFollower(VerifiedDeployment deployment, DeploymentClientOptions options, CoordinatorExpectation expectation)
    {
        _current = deployment;
        _options = options;

        // The policy compares the manifests.
        _expectation = expectation with { ExpectedFingerprint = null };
    }

    public VerifiedDeployment Current => Volatile.Read(ref _current);

    /// <summary>Verifies the deployment again.</summary>
    /// <param name="known">The deployment that did not suffice.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>Null if there is a later one now; or why there is none.</returns>
    public async Task<string?> FollowAsync(VerifiedDeployment known, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!ReferenceEquals(known, Current))
            {
                return null;
            }

            DateTimeOffset now = _expectation.TimeProvider.GetUtcNow();
            if (now - _verified >= s_pause || now < _verified)
            {
                _refusal = await VerifyAsync(cancellationToken).ConfigureAwait(false);
                _verified = now;
            }

            return _refusal;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task<string?> VerifyAsync(CancellationToken cancellationToken)
    {
        VerifiedDeployment before = Current;
        VerifiedDeployment after;
        try
        {
            after = await CoordinatorClient
                .VerifyAsync(before.Coordinator.Address.Authority, _expectation, cancellationToken).ConfigureAwait(false);
        }
        catch (CoordinatorVerificationException e)
        {
            return $"the deployment cannot be verified again: {e.Message}";
        }

        if (!before.Root.RawDataMemory.Span.SequenceEqual(after.Root.RawDataMemory.Span))
        {
            return "the Coordinator has another root certificate now: it is another deployment";
        }

        if (before.Fingerprint != after.Fingerprint && !await AcceptsAsync(before, after, cancellationToken).ConfigureAwait(false))
        {
            return $"the deployment has another manifest now, with the fingerprint {after.Fingerprint}, which this client does not accept "
                + $"({nameof(DeploymentClientOptions.ManifestChange)})";
        }

        if (before.HasSameTrust(after))
        {
            return "the deployment was verified again, and its Coordinator does not accept that certificate either";
        }

        Volatile.Write(ref _current, after);
        _options.Changed?.Invoke(before, after);
        return null;
    }

    private ValueTask<bool> AcceptsAsync(VerifiedDeployment before, VerifiedDeployment after, CancellationToken cancellationToken) =>
        _options.ManifestChange switch
        {
            ManifestChangePolicy.Accept => ValueTask.FromResult(true),
            ManifestChangePolicy.Ask when _options.AcceptsChange is { } ask => ask(before, after, cancellationToken),
            _ => ValueTask.FromResult(false),
        };
}
