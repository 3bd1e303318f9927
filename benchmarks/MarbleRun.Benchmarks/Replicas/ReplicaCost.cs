using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Benchmarks.Marbles;
using MarbleRun.TestSupport;

namespace MarbleRun.Benchmarks.Replicas;

/// <summary>
/// What an activation costs one and three Coordinators over each shared store, beside one Coordinator with a folder, which takes part in
/// every round. Three that share nothing, each with a folder, show what three processes cost on this machine without a store.
/// <c>replicas [--store KIND] [--clients N] [--activations N] [--rounds N] [--short] [--result FILE]</c>.
/// </summary>
internal sealed class ReplicaCost(IReadOnlyList<MeasuredDeployment> deployments, IReadOnlyList<PreparedMarble> marbles)
{
    /// <summary>Activations of a Coordinator before the first round: its code is compiled again after so many calls.</summary>
    private const int WarmUp = 600;

    private const string Uncounted = "uncounted";
    private const string Counted = "counted";

    private readonly Dictionary<(string MarbleType, MeasuredDeployment Deployment), List<ActivationCost>> _costs = [];

    public static async Task<int> RunAsync(string[] options)
    {
        bool isShort = options.Contains("--short");
        string? only = Read(options, "--store");
        int activations = Read(options, "--activations", isShort ? 60 : 200);
        int rounds = Read(options, "--rounds", isShort ? 2 : 5);
        int clients = Read(options, "--clients", 16);

        using var directory = new TemporaryDirectory();
        SimulationPlatform platform = SimulationPlatform.Open(directory.File("simulation"));
        var started = new List<MeasuredDeployment>();
        var stores = new List<MeasuredStore>();
        var marbles = new List<PreparedMarble>();
        try
        {
            AppMeasurement measurement = platform.MeasureRunningProcess();
            while (marbles.Count < clients)
            {
                marbles.Add(await PreparedMarble.CreateAsync(platform.CreateIssuer(measurement)));
            }

            byte[] manifest = CreateManifest(measurement);
            foreach (string kind in MeasuredStore.Shared.Where(s => only is null || s == only).Prepend(MeasuredStore.File))
            {
                MeasuredStore store = await MeasuredStore.StartAsync(kind);
                stores.Add(store);
                foreach (int coordinators in (int[])[1, 3])
                {
                    started.Add(await MeasuredDeployment.StartAsync(
                        store, coordinators, directory.File($"{kind}-{coordinators}"), directory.File("simulation"), manifest));
                }
            }

            var cost = new ReplicaCost(started, marbles);
            await cost.MeasureAsync(activations, rounds, isShort ? WarmUp / 12 : WarmUp);
            string table = cost.CreateTable();
            Console.Write(table);
            if (Read(options, "--result") is { } path)
            {
                await File.WriteAllTextAsync(path, table);
            }

            return 0;
        }
        finally
        {
            started.ForEach(d => d.Dispose());
            foreach (MeasuredStore store in stores)
            {
                await store.DisposeAsync();
            }

            marbles.ForEach(m => m.Dispose());
        }
    }

    private static string? Read(string[] options, string name) => options.SkipWhile(o => o != name).Skip(1).FirstOrDefault();

    private static int Read(string[] options, string name, int otherwise) =>
        Read(options, name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private static byte[] CreateManifest(AppMeasurement measurement) => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["Packages"] = new JsonObject { ["app"] = new JsonObject { ["UniqueID"] = measurement.UniqueId } },
        ["Marbles"] = new JsonObject
        {
            [Uncounted] = new JsonObject { ["Package"] = "app" },
            [Counted] = new JsonObject { ["Package"] = "app", ["MaxActivations"] = 100_000_000 },
        },
    }.ToJsonString());

    private async Task MeasureAsync(int activations, int rounds, int warmUp)
    {
        foreach (MeasuredDeployment deployment in deployments)
        {
            await deployment.ActivateAsync(marbles, Uncounted, warmUp * deployment.Kind.Coordinators);
            await deployment.ActivateAsync(marbles, Counted, warmUp * deployment.Kind.Coordinators / 4);
        }

        var random = new Random(1);
        for (int round = 1; round <= rounds; round++)
        {
            foreach (string marbleType in (string[])[Uncounted, Counted])
            {
                // Another order each time, because a burst meets what the one before left to do.
                MeasuredDeployment[] order = [.. deployments];
                random.Shuffle(order);
                foreach (MeasuredDeployment deployment in order)
                {
                    ActivationCost cost = await deployment.ActivateAsync(marbles, marbleType, activations);
                    if (!_costs.TryGetValue((marbleType, deployment), out List<ActivationCost>? costs))
                    {
                        _costs.Add((marbleType, deployment), costs = []);
                    }

                    costs.Add(cost);
                    Console.Error.WriteLine(string.Create(
                        CultureInfo.InvariantCulture,
                        $"round {round} of {rounds}: {marbleType}, {deployment.Kind.Store}, {deployment.Kind.Coordinators}: "
                        + $"{cost.Coordinators:0.00} ms, {cost.PerSecond:0} a second"));
                }
            }
        }
    }

    private string CreateTable()
    {
        var table = new StringBuilder();
        table
            .AppendLine("| activation | store | Coordinators | a second | processor ms each | beside the folder | store ms each |")
            .AppendLine("| --- | --- | --- | --- | --- | --- | --- |");
        foreach (string marbleType in (string[])[Uncounted, Counted])
        {
            List<ActivationCost> folder = _costs[(marbleType, deployments[0])];
            foreach (MeasuredDeployment deployment in deployments)
            {
                List<ActivationCost> costs = _costs[(marbleType, deployment)];
                double[] ratios = [.. costs.Zip(folder, (cost, unit) => cost.Coordinators / unit.Coordinators).Order()];
                string store = costs[0].Store is null ? "–" : $"{Median(costs.Select(c => c.Store!.Value)):0.00}";
                table.AppendLine(
                    CultureInfo.InvariantCulture,
                    $"| {marbleType} | {deployment.Kind.Store} | {deployment.Kind.Coordinators} "
                    + $"| {Median(costs.Select(c => c.PerSecond)):0} | {Median(costs.Select(c => c.Coordinators)):0.00} "
                    + $"| {Median(ratios):0.00} ({ratios[0]:0.00} to {ratios[^1]:0.00}) | {store} |");
            }
        }

        return table.ToString();
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
