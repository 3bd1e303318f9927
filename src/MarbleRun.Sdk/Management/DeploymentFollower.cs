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
    private DateTimeOffset _tried = DateTimeOffset.MinValue;
    private long _confirmed;
    private string? _refusal;

    public DeploymentFollower(VerifiedDeployment deployment, DeploymentClientOptions options, CoordinatorExpectation expectation)
    {
        _current = deployment;
        _options = options;
        _confirmed = deployment.Verified.UtcTicks;

        // The policy compares the manifests.
        _expectation = expectation with { ExpectedFingerprint = null };
    }

    public VerifiedDeployment Current => Volatile.Read(ref _current);

    private DateTimeOffset Now => _expectation.TimeProvider.GetUtcNow();

    /// <summary>Verifies the deployment again, if the last verification is too old.</summary>
    /// <returns>Null if it is not too old now; or why.</returns>
    public async ValueTask<string?> RefreshAsync(CancellationToken cancellationToken)
    {
        if (IsFresh())
        {
            return null;
        }

        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!IsFresh())
            {
                await VerifySometimesAsync(cancellationToken).ConfigureAwait(false);
            }

            return IsFresh() ? null : _refusal;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Verifies the deployment again, because a server shows a certificate of an unknown authority.</summary>
    /// <param name="known">The deployment that did not suffice.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>Null if there is a later one now; else the reason.</returns>
    public async Task<string?> FollowAsync(VerifiedDeployment known, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (ReferenceEquals(known, Current))
            {
                await VerifySometimesAsync(cancellationToken).ConfigureAwait(false);
            }

            return !ReferenceEquals(known, Current) ? null
                : _refusal ?? "the deployment was verified again, and its Coordinator does not accept that certificate either";
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private bool IsFresh()
    {
        TimeSpan age = Now - new DateTimeOffset(Volatile.Read(ref _confirmed), TimeSpan.Zero);
        return age >= TimeSpan.Zero && age <= _options.MaxAge;
    }

    private async Task VerifySometimesAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = Now;
        if (now - _tried >= s_pause || now < _tried)
        {
            _refusal = await VerifyAsync(cancellationToken).ConfigureAwait(false);
            _tried = Now;
        }
    }

    /// <summary>Returns null if the deployment was confirmed, changed or not.</summary>
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

        if (after.IsOlderThan(before))
        {
            return "the Coordinator shows an older trust list than before, or none: its state was set back";
        }

        if (before.Fingerprint != after.Fingerprint && !await AcceptsAsync(before, after, cancellationToken).ConfigureAwait(false))
        {
            return $"the deployment has another manifest now, with the fingerprint {after.Fingerprint}, which this client does not accept "
                + $"({nameof(DeploymentClientOptions.ManifestChange)})";
        }

        Volatile.Write(ref _confirmed, after.Verified.UtcTicks);
        if (!before.HasSameTrust(after))
        {
            Volatile.Write(ref _current, after);
            _options.Changed?.Invoke(before, after);
        }

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
