using System.Collections.Concurrent;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Attestation;

/// <summary>A platform whose quotes take until the test lets them go; the first one, of the start, is there at once.</summary>
internal sealed class HeldIssuer : IQuoteIssuer
{
    private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<int, TaskCompletionSource> _reached = [];
    private int _begun = -1;
    private int _running;
    private int _most;

    /// <summary>Makes the first one, which is compared with how the Coordinator was started.</summary>
    public IQuoteIssuer? First { get; set; }

    /// <summary>How many quotes were begun after the first one.</summary>
    public int Begun => Volatile.Read(ref _begun);

    /// <summary>How many were made at the same moment, at most.</summary>
    public int Most => Volatile.Read(ref _most);

    public async ValueTask<Quote> IssueAsync(ReportData reportData, CancellationToken cancellationToken = default)
    {
        int number = Interlocked.Increment(ref _begun);
        if (number > 0)
        {
            int running = Interlocked.Increment(ref _running);
            _most = Math.Max(_most, running);
            Reached(number).TrySetResult();
            try
            {
                await _go.Task.WaitAsync(cancellationToken);
            }
            finally
            {
                Interlocked.Decrement(ref _running);
            }
        }

        return number == 0 && First is not null ? await First.IssueAsync(reportData, cancellationToken) : FakeQuoteIssuer.Issue(reportData);
    }

    /// <summary>Waits until so many were begun.</summary>
    public Task WaitForAsync(int count) => Reached(count).Task.WaitAsync(TestContext.Current.CancellationToken);

    public void LetGo() => _go.TrySetResult();

    private TaskCompletionSource Reached(int number) =>
        _reached.GetOrAdd(number, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
