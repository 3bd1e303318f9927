using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace MarbleRun.Hosting;

/// <summary>Checks whether the Coordinator's mesh port accepts connections, at most twice a minute, however often probes ask.</summary>
internal sealed class CoordinatorReach(IOptions<MarbleOptions> options, TimeProvider timeProvider) : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_goodFor = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private DateTimeOffset _askedAt = DateTimeOffset.MinValue;
    private string? _fault;

    /// <summary>Returns null, or a message with the reason why the Coordinator is unreachable.</summary>
    public async Task<string?> FindFaultAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            DateTimeOffset now = timeProvider.GetUtcNow();
            if (now - _askedAt >= s_goodFor)
            {
                _fault = await ConnectAsync(cancellationToken).ConfigureAwait(false);
                _askedAt = now;
            }

            return _fault;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task<string?> ConnectAsync(CancellationToken cancellationToken)
    {
        if (!CoordinatorAddresses.TryParse(options.Value.CoordinatorAddress, out CoordinatorAddresses? address))
        {
            return $"'{options.Value.CoordinatorAddress}' is not a Coordinator address.";
        }

        // This uses the system clock: a test that stops time must not stop the network.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_patience);
        try
        {
            using Socket socket = await address.ConnectAsync(patience.Token).ConfigureAwait(false);
            return null;
        }
        catch (SocketException exception)
        {
            return Describe(address, exception.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Describe(address, $"no answer within {s_patience.TotalSeconds} s");
        }
    }

    private static string Describe(CoordinatorAddresses address, string reason) =>
        $"The Coordinator at {address.Authority} cannot be reached ({reason}). This Marble continues to run, but it could not restart or "
        + $"renew its certificate.";
}
