using MarbleRun.Attestation;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Protos;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Activation;

public sealed class ConcurrencyTests : CoordinatorTest
{
    [Fact]
    [Case("marble-api", "Many at once: the budget is exact, others all succeed")]
    public async Task Activate_SixtyFourWithASlowVerifier_AllOverlapAndTouchNoDisk()
    {
        const int count = 64;
        var files = new CountingFileOperations();
        CoordinatorHost host = await StartAsync(services => services
            .AddSingleton<IFileOperations>(files)
            .AddSingleton<IQuoteVerifier>(sp => new WaitingVerifier(sp.GetRequiredService<SimulationPlatform>().CreateVerifier(), count)));
        await TestManifest.SetAsync(host);
        (int operationsBefore, int appendsBefore) = (files.Operations, files.Appends);

        // Each verification ends only when all of them have begun: one lock around them, and this never ends.
        Task<Parameters>[] activations = [.. Enumerable.Range(0, count).Select(_ => MeshClient.ActivateAsync(host, "web"))];
        Parameters[] results = await Task.WhenAll(activations).WaitAsync(TimeSpan.FromMinutes(1), Cancellation);

        Assert.Equal(count, results.Select(r => r.Env["MARBLE_PREDEFINED_PRIVATE_KEY"]).Distinct().Count());
        Assert.Equal(operationsBefore, files.Operations);
        Assert.InRange(files.Appends - appendsBefore, 1, count);
    }

    [Fact]
    public async Task Activate_LimitedType_IsOnDiskBeforeTheAnswer()
    {
        var files = new CountingFileOperations();
        CoordinatorHost host = await StartAsync(
            services => services.AddSingleton<IFileOperations>(files));
        await TestManifest.SetAsync(host);
        int operationsBefore = files.Operations;

        await MeshClient.ActivateAsync(host, "limited");

        Assert.True(files.Operations > operationsBefore);
    }

    /// <summary>Holds every verification until <paramref name="count"/> of them have begun.</summary>
    private sealed class WaitingVerifier(IQuoteVerifier inner, int count) : IQuoteVerifier
    {
        private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _begun;

        public async ValueTask<Verdict> VerifyAsync(Quote quote, QuoteExpectation expectation, CancellationToken cancellationToken)
        {
            if (Interlocked.Increment(ref _begun) == count)
            {
                _all.SetResult();
            }

            await _all.Task.WaitAsync(cancellationToken);
            return await inner.VerifyAsync(quote, expectation, cancellationToken);
        }
    }

    /// <summary>Counts what is done to the files of the state, and what is appended to the audit trail.</summary>
    private sealed class CountingFileOperations : IFileOperations
    {
        private readonly FileOperations _real = new();
        private int _operations;
        private int _appends;

        public int Operations => Volatile.Read(ref _operations);

        public int Appends => Volatile.Read(ref _appends);

        public byte[]? Read(string path)
        {
            Interlocked.Increment(ref _operations);
            return _real.Read(path);
        }

        public void WriteDurably(string path, ReadOnlySpan<byte> content)
        {
            Interlocked.Increment(ref _operations);
            _real.WriteDurably(path, content);
        }

        public void AppendDurably(string path, long offset, ReadOnlySpan<byte> content)
        {
            Interlocked.Increment(ref _appends);
            _real.AppendDurably(path, offset, content);
        }

        public void Rename(string source, string destination)
        {
            Interlocked.Increment(ref _operations);
            _real.Rename(source, destination);
        }

        public void Delete(string path)
        {
            Interlocked.Increment(ref _operations);
            _real.Delete(path);
        }

        public void FlushDirectory(string directory)
        {
            Interlocked.Increment(ref _operations);
            _real.FlushDirectory(directory);
        }
    }
}
