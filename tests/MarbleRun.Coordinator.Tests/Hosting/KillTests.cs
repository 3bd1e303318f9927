using System.Globalization;
using MarbleRun.Audit;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Tests.State;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Hosting;

/// <summary>
/// The real program is killed at random moments while it is changed. <c>MARBLERUN_KILLS=200</c> in the environment kills it so often;
/// without it, a few times.
/// </summary>
public sealed class KillTests
{
    private const string CountVariable = "MARBLERUN_KILLS";

    [Fact]
    [Trait("Security", "F4")]
    public async Task Coordinator_KilledAgainAndAgain_LosesNothingThatItAcknowledged()
    {
        int kills = int.Parse(Environment.GetEnvironmentVariable(CountVariable) ?? "4", CultureInfo.InvariantCulture);
        using var directory = new TemporaryDirectory();
        using var mesh = new KilledMesh(directory);
        int kept = 0;
        ChildCoordinator coordinator = await ChildCoordinator.StartAsync(directory);
        try
        {
            await mesh.SetManifestAsync(coordinator);
            for (int i = 0; i < kills; i++)
            {
                var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                Task changes = mesh.ChangeUntilItDiesAsync(coordinator, enough, Random.Shared.Next(1, 40));
                await enough.Task;

                // In the middle of a commit, at another of its file operations each time.
                await FileOperationsAsync(directory.File("seal"), Random.Shared.Next(1, 20));
                await coordinator.KillAsync();
                await changes;
                coordinator.Dispose();
                (int inFlight, CoordinatorState state) = mesh.Compare();
                kept += inFlight;

                coordinator = await ChildCoordinator.StartAsync(directory);
                AssertWhole(directory, state.AuditHead!);
            }
        }
        finally
        {
            coordinator.Dispose();
        }

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{kills} kills, {mesh.Acknowledged} acknowledgments ({mesh.Secret} secrets, {mesh.Activations} activations, manifest "
            + $"{mesh.Manifest}), {kept} changes under way became durable.");
    }

    /// <summary>Waits until so many more file operations were seen in a folder.</summary>
    private static async Task FileOperationsAsync(string folder, int count)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watcher = new FileSystemWatcher(folder) { IncludeSubdirectories = true };
        int left = count;
        void OnChange(object sender, FileSystemEventArgs e)
        {
            if (Interlocked.Decrement(ref left) == 0)
            {
                seen.TrySetResult();
            }
        }

        watcher.Created += OnChange;
        watcher.Changed += OnChange;
        watcher.Deleted += OnChange;
        watcher.Renamed += OnChange;
        watcher.EnableRaisingEvents = true;
        await seen.Task.WaitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The trail, which the start after the kill mended, is unbroken and holds the end that the state knows.</summary>
    private static void AssertWhole(TemporaryDirectory directory, AuditHead head)
    {
        AuditVerification verification = AuditTrail.Verify(
            [.. Directory.GetFiles(directory.File("seal/audit"), "*.jsonl")
                .Order(StringComparer.Ordinal)
                .Select(path => new AuditFile(Path.GetFileName(path), File.ReadAllBytes(path)))],
            AuditHead.Start.Hash,
            head.Hash);
        Assert.True(verification.IsIntact, string.Join('\n', verification.Faults));
    }
}
