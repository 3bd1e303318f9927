using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Benchmarks.Callers;
using MarbleRun.Management;
using MarbleRun.Management.Revocations;
using MarbleRun.Protos;
using MarbleRun.TestSupport;

namespace MarbleRun.Benchmarks.Marbles;

/// <summary>
/// Many Marbles at one Coordinator in a process of its own: what their streams of trust cost while nothing happens, how long an update
/// takes to reach all, and how fast all renew at once.
/// </summary>
internal static partial class MarbleCrowd
{
    private const int AtOnce = 32;

    /// <summary>In seconds.</summary>
    private const int IdleWindow = 60;

    /// <summary>
    /// Runs with <c>--marbles N</c>, 10,000 by default, <c>--renewals N</c>, 2,000 by default, and <c>--idle SECONDS</c>, 300 by default.
    /// </summary>
    public static async Task<int> RunAsync(string[] options)
    {
        int count = Read(options, "--marbles", 10_000);
        int renewals = Read(options, "--renewals", 2_000);
        int idle = Read(options, "--idle", 5 * IdleWindow);
        using var directory = new TemporaryDirectory();
        SimulationPlatform platform = SimulationPlatform.Open(directory.File("simulation"));
        (ServerProcess server, Match ready) = await ServerProcess.StartAsync(
            "MarbleRun.Coordinator.dll",
            [
                "--simulation", "--seal-directory", directory.File("seal"), "--mesh-address", "127.0.0.1:0",
                "--client-address", "127.0.0.1:0",
            ],
            CoordinatorListens(),
            ("MARBLERUN_SIMULATION_DIR", directory.File("simulation")),
            ("Coordinator__Limits__MaxConnections", "100000"),
            ("Coordinator__Limits__Connections__MaxConnectionsPerAddress", "100000"),
            ("Coordinator__Limits__Connections__HandshakeTimePerSecond", "00:00:10"),
            ("Logging__LogLevel__Default", "Information"));
        using ServerProcess coordinator = server;
        IPEndPoint mesh = IPEndPoint.Parse(ready.Groups[1].Value);
        using X509Certificate2 user = CreateUser();
        CoordinatorClient client = await SetManifestAsync(ready.Groups[2].Value, platform, user, "0s");

        var marbles = new List<CrowdMarble>();
        try
        {
            TimeSpan used = coordinator.ProcessorTime;
            var watch = Stopwatch.StartNew();
            AppMeasurement measurement = platform.MeasureRunningProcess();
            await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (_, _) =>
            {
                CrowdMarble marble = await CrowdMarble.ActivateAsync(mesh, platform.CreateIssuer(measurement), "m");
                lock (marbles)
                {
                    marbles.Add(marble);
                }
            });
            Print($"{count} have activated after {watch.Elapsed.TotalSeconds:0} s, {Each(coordinator, used, count)} each");
            await coordinator.WaitUntilIdleAsync();
            long before = coordinator.ResidentBytes;
            used = coordinator.ProcessorTime;
            watch.Restart();
            await ForAllAsync(marbles, m => m.WatchAsync());
            Print($"{count} watch after {watch.Elapsed.TotalSeconds:0} s, {Each(coordinator, used, count)} each");
            await coordinator.WaitUntilIdleAsync();
            long after = coordinator.ResidentBytes;
            Print(
                $"{count} streams: {before >> 20} MiB before, {after >> 20} MiB with them, "
                + $"{(after - before) / 1024.0 / count:0.0} KiB each");

            // The platform compiles hot code again in the background, so that the first minutes are not idle.
            for (int left = idle; left > 0; left -= IdleWindow)
            {
                used = coordinator.ProcessorTime;
                watch.Restart();
                await Task.Delay(TimeSpan.FromSeconds(Math.Min(left, IdleWindow)));
                Print(
                    $"nothing happens for {watch.Elapsed.TotalSeconds:0} s: {(coordinator.ProcessorTime - used).TotalMilliseconds:0} ms of "
                    + $"processor time, {coordinator.ResidentBytes >> 20} MiB");
            }

            for (int i = 0; i < 3; i++)
            {
                int authorities = i + 2;
                await MeasureSpreadAsync(
                    coordinator,
                    "an update",
                    marbles,
                    list => list.Authorities.Count >= authorities,
                    () => client.UpdateAsync(CreateManifest(platform, user, $"{i + 1}h")));
            }

            for (int i = 0; i < 3; i++)
            {
                int revocations = i + 1;
                CrowdMarble revoked = marbles[^1];
                marbles.Remove(revoked);
                await MeasureSpreadAsync(
                    coordinator,
                    "a revocation",
                    marbles,
                    list => list.Revocations.Count >= revocations,
                    () => client.RevokeAsync(RevocationSubjectKind.Uuid, revoked.Uuid.ToString(), "benchmark"));
                revoked.Dispose();
            }

            used = coordinator.ProcessorTime;
            watch.Restart();
            CrowdMarble[] renewing = [.. marbles.Take(renewals)];
            await Task.WhenAll(renewing.Select(m => m.RenewAsync()));
            Print(
                $"{renewing.Length} renew at once: all done after {watch.Elapsed.TotalSeconds:0.0} s, "
                + $"{renewing.Sum(m => m.Postponed)} times asked to come later, {Each(coordinator, used, renewing.Length)} each, "
                + $"{coordinator.ResidentBytes >> 20} MiB");
            return 0;
        }
        finally
        {
            client.Dispose();
            marbles.ForEach(m => m.Dispose());
        }
    }

    /// <summary>How long a change takes to reach all.</summary>
    private static async Task MeasureSpreadAsync(
        ServerProcess coordinator, string what, List<CrowdMarble> marbles, Func<TrustList, bool> condition, Func<Task> change)
    {
        Task[] arrived = [.. marbles.Select(m => m.WaitForAsync(condition))];
        await coordinator.WaitUntilIdleAsync();
        TimeSpan used = coordinator.ProcessorTime;
        var watch = Stopwatch.StartNew();
        await change();
        TimeSpan answered = watch.Elapsed;
        await Task.WhenAll(arrived);
        Print(
            $"{what} is answered after {answered.TotalSeconds:0.00} s and reaches all after {watch.Elapsed.TotalSeconds:0.00} s, "
            + $"{Each(coordinator, used, marbles.Count)} each");
    }

    private static string Each(ServerProcess coordinator, TimeSpan before, int count) => string.Create(
        CultureInfo.InvariantCulture, $"{(coordinator.ProcessorTime - before).TotalMilliseconds / count:0.00} ms of processor time");

    private static async Task ForAllAsync(IEnumerable<CrowdMarble> marbles, Func<CrowdMarble, Task> act) => await Parallel.ForEachAsync(
        marbles, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (marble, _) => await act(marble));

    private static int Read(string[] options, string name, int otherwise) => Array.IndexOf(options, name) is var index and >= 0
        ? int.Parse(options[index + 1], CultureInfo.InvariantCulture)
        : otherwise;

    private static void Print(string line)
    {
#pragma warning disable RS0030 // The result of a benchmark goes to the console.
        Console.WriteLine(line);
#pragma warning restore RS0030
    }

    private static X509Certificate2 CreateUser()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=operator", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private static byte[] CreateManifest(SimulationPlatform platform, X509Certificate2 user, string overlap) =>
        Encoding.UTF8.GetBytes(new JsonObject
        {
            ["Packages"] = new JsonObject { ["app"] = new JsonObject { ["UniqueID"] = platform.MeasureRunningProcess().UniqueId } },
            ["Marbles"] = new JsonObject { ["m"] = new JsonObject { ["Package"] = "app" } },
            ["Users"] = new JsonObject
            {
                ["operator"] = new JsonObject
                {
                    ["Certificate"] = user.ExportCertificatePem(),
                    ["Roles"] = new JsonArray("manage", "guard"),
                },
            },
            ["Roles"] = new JsonObject
            {
                ["manage"] = new JsonObject { ["ResourceType"] = "Manifest", ["Actions"] = new JsonArray("UpdateManifest") },
                ["guard"] = new JsonObject
                {
                    ["ResourceType"] = "Marbles",
                    ["ResourceNames"] = new JsonArray("m"),
                    ["Actions"] = new JsonArray("RevokeMarble"),
                },
            },
            ["Config"] = new JsonObject { ["TrustOverlap"] = overlap },
        }.ToJsonString());

    private static async Task<CoordinatorClient> SetManifestAsync(
        string address, SimulationPlatform platform, X509Certificate2 user, string overlap)
    {
        VerifiedCoordinator verified = await CoordinatorClient.VerifyCoordinatorAsync(address, new CoordinatorExpectation
        {
            Verifier = platform.CreateVerifier(),
            ExpectedPackage = new PackageProperties { SignerId = platform.SignerId, ProductId = 3, SecurityVersion = 1 },
        });
        var client = new CoordinatorClient(verified, user);
        await client.SetManifestAsync(CreateManifest(platform, user, overlap));
        return client;
    }

    [GeneratedRegex(@"Marbles activate at (\S+); clients manage and verify at https://(\S+)\.$")]
    private static partial Regex CoordinatorListens();
}
