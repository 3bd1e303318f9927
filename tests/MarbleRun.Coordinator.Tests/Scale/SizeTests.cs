using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Tests.Renewal;
using MarbleRun.Coordinator.Tests.State;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Scale;

/// <summary>The sizes that <c>docs/operations/scale.md</c> computes with, as the product makes them.</summary>
public sealed class SizeTests : CoordinatorTest
{
    private const int Many = 100;
    private static readonly DateTimeOffset s_now = new(2026, 11, 30, 12, 34, 56, 789, TimeSpan.Zero);

    [Fact]
    public async Task AuditRecords_OfAnActivationAndARenewal_AreAsLongAsThePageSays()
    {
        CoordinatorHost host = await StartAsync();
        await TestManifest.SetAsync(host);
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(host);
        await marble.RenewAsync();

        string[] lines = [.. Directory.GetFiles(Folder.File("seal/audit"), "*.jsonl").SelectMany(File.ReadAllLines)];

        AssertAbout(ScaleFormulas.ActivationRecord, lines.Single(l => l.Contains("marble.activate", StringComparison.Ordinal)).Length);
        AssertAbout(ScaleFormulas.RenewalRecord, lines.Single(l => l.Contains("marble.renew", StringComparison.Ordinal)).Length);
    }

    [Fact]
    public void State_EachPart_IsAsLargeAsThePageSays()
    {
        CoordinatorState state = SealedFiles.CreateState();

        AssertAbout(ScaleFormulas.EmptyState, Measure(state));
        AssertPart(ScaleFormulas.SymmetricSecret, (s, i) => s with
        {
            Secrets = s.Secrets.Add($"secret-name-{i:000}", new StoredSecret(new byte[32], new byte[32])),
        });
        AssertPart(ScaleFormulas.CertificateSecret, (s, i) => s with
        {
            // PKCS #8 and SubjectPublicKeyInfo of P-256, and a certificate with a name.
            Secrets = s.Secrets.Add($"secret-name-{i:000}", new StoredSecret(new byte[138], new byte[91], new byte[500])),
        });
        AssertPart(ScaleFormulas.CountedType, (s, i) => s with { Activations = s.Activations.Add($"marble-type-{i:000}", 100_000) });
        AssertPart(ScaleFormulas.RepeatableActivation, (s, i) => s with
        {
            RecentActivations = s.RecentActivations.Add($"{i:x64}", s_now),
        });
        AssertPart(ScaleFormulas.UpdateLogLine, (s, i) => s with
        {
            UpdateLog = s.UpdateLog.Add(UpdateLogEntry.SecretSet(s_now, "operator", $"secret-name-{i:000}", "symmetric-key")),
        });

        void AssertPart(double expected, Func<CoordinatorState, int, CoordinatorState> add)
        {
            CoordinatorState many = Enumerable.Range(0, Many).Aggregate(state, add);
            AssertAbout(expected, (double)(Measure(many) - Measure(state)) / Many);
        }
    }

    private static int Measure(CoordinatorState state) => StateSerializer.Serialize(state).Length;

    private static void AssertAbout(double expected, double actual) => Assert.InRange(actual, expected * 0.95, expected * 1.05);
}
