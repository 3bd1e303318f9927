using MarbleRun.Audit;
using MarbleRun.Cli.Audit;
using MarbleRun.Cli.Dashboard.Views;
using MarbleRun.Management;

namespace MarbleRun.Cli.Dashboard.Watching;

/// <summary>Follows the end of the audit trail, and keeps the last records.</summary>
internal sealed class TrailReader
{
    private const int MaxRecords = 500;

    private AuditFollower? _follower;
    private TrailView _view = new();

    /// <exception cref="CoordinatorException">The Coordinator cannot be reached, or its answers cannot be used.</exception>
    public async Task<TrailView> ReadAsync(ICoordinatorClient client, CancellationToken cancellationToken)
    {
        try
        {
            if (_follower is null)
            {
                AuditHead head = (await client.GetAuditAsync(limit: 0, cancellationToken: cancellationToken)).Head;
                _follower = AuditFollower.From(Math.Max(0, head.Sequence - MaxRecords));
            }

            AuditStep step;
            do
            {
                step = await _follower.NextAsync(client, MaxRecords, cancellationToken);
                _view = step.Faults.IsEmpty
                    ? Add(step)
                    : _view with
                    {
                        Head = step.Head,
                        Faults = [.. step.Faults.Select(fault => fault.Message).Distinct(StringComparer.Ordinal)],
                    };
            }
            while (!step.IsLast && step.Faults.IsEmpty);
            _view = await AddAttemptsAsync(client, cancellationToken);
        }
        catch (CoordinatorException exception) when (ViewReader.IsRefusal(exception))
        {
            return new TrailView { Note = $"The audit trail is not available: {exception.Message}" };
        }

        return _view;
    }

    /// <summary>An older Coordinator has a trail, but no refused attempts.</summary>
    private async Task<TrailView> AddAttemptsAsync(ICoordinatorClient client, CancellationToken cancellationToken)
    {
        try
        {
            return _view with { Attempts = [.. await client.GetRefusalsAsync(cancellationToken)], AttemptsNote = null };
        }
        catch (CoordinatorException exception) when (ViewReader.IsRefusal(exception))
        {
            return _view with { Attempts = [], AttemptsNote = $"The refused attempts are not available: {exception.Message}" };
        }
    }

    private TrailView Add(AuditStep step) => _view with
    {
        Head = step.Head,
        Faults = [],
        Note = null,
        Records = step.Records.IsEmpty ? _view.Records : [.. step.Records.Reverse().Concat(_view.Records).Take(MaxRecords)],
    };
}
