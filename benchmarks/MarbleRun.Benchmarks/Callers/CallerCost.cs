using System.Diagnostics;
using System.Globalization;
using System.Text;
using MarbleRun.TestSupport;

namespace MarbleRun.Benchmarks.Callers;

/// <summary>
/// What each of the dearest requests of an unauthenticated caller costs the server, in plain handshakes of the same run. Ratios above
/// <c>limits/caller-cost.json</c> end it with exit code 1. <c>caller-cost [--short] [--only WORD] [--result FILE]</c>; with a word only
/// the requests whose name has it are measured.
/// </summary>
internal sealed class CallerCost(MeasuredServers servers, bool isShort, string? only)
{
    private const double Target = 10;
    private readonly CallerLimits _limits = CallerLimits.Read(
        Path.Combine(RepositoryFiles.Root, "benchmarks", "limits", "caller-cost.json"));
    private readonly StringBuilder _table = new();
    private readonly List<string> _faults = [];

    public static async Task<int> RunAsync(string[] options)
    {
        using MeasuredServers servers = await MeasuredServers.StartAsync();
        string? only = options.SkipWhile(o => o != "--only").Skip(1).FirstOrDefault();
        var cost = new CallerCost(servers, options.Contains("--short"), only);
        try
        {
            await cost.MeasureRequestsAsync();
            if (only is null)
            {
                await cost.MeasureSilenceAsync();
                await cost.MeasureHonestAsync();
            }
        }
        catch (InvalidOperationException exception)
        {
            Console.Error.WriteLine(exception.Message);
            return 1;
        }

        Console.Write(cost._table);
        if (options is [.., "--result", var path])
        {
            await File.WriteAllTextAsync(path, cost._table.ToString());
        }

        cost._faults.ForEach(Console.Error.WriteLine);
        Console.WriteLine(
            cost._faults.Count == 0 ? "Every ratio is within its limit." : $"{cost._faults.Count} ratios are above their limits.");
        return cost._faults.Count == 0 ? 0 : 1;
    }

    private async Task MeasureRequestsAsync()
    {
        List<RequestKind> kinds =
        [
            .. await HandshakeKinds.CreateAsync(servers),
            .. await MeshKinds.CreateAsync(servers),
            .. await ClientKinds.CreateAsync(servers),
        ];
        kinds.RemoveAll(k => only is not null && !k.Name.Contains(only, StringComparison.Ordinal));
        var plain = new RequestKind(
            "handshake",
            "client port: a plain handshake and a status",
            servers.Serving,
            "200",
            () => CallerClient.ShakeAsync(servers.Client));
        var wrong = new List<string>();
        foreach (RequestKind kind in kinds.Where(k => !k.IsSlow))
        {
            if (await kind.FindFaultAsync() is { } fault)
            {
                wrong.Add(fault);
            }
        }

        if (wrong.Count > 0)
        {
            throw new InvalidOperationException("The benchmark does not measure what it says: " + string.Join(' ', wrong));
        }

        await RepeatAsync(plain, TimeSpan.FromSeconds(isShort ? 2 : 5));
        foreach (RequestKind kind in kinds.Where(k => !k.IsSlow))
        {
            double one = await RepeatAsync(plain, TimeSpan.FromMilliseconds(100));
            double warm = await RepeatAsync(kind, TimeSpan.FromMilliseconds(isShort ? 200 : 1000));
            Console.Error.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"warming up: {kind.Name} {warm / one:0.0} (plain {one:0.00} ms)"));
        }

        var ratios = kinds.ToDictionary(k => k.Name, _ => new List<double>());
        var plains = new List<double>();
        TimeSpan batch = TimeSpan.FromMilliseconds(isShort ? 100 : 250);
        for (int round = 0; round < (isShort ? 3 : 9); round++)
        {
            foreach (RequestKind kind in kinds.Where(k => !k.IsSlow || round % 3 == 0))
            {
                double one = await RepeatAsync(plain, batch / 2);
                ratios[kind.Name].Add(await RepeatAsync(kind, batch) / one);
                plains.Add(one);
            }
        }

        _table
            .AppendLine("| what an unauthenticated caller sends | answer | processor time, in plain handshakes | most |")
            .AppendLine("| --- | --- | --- | --- |");
        foreach (RequestKind kind in kinds)
        {
            Judge(_limits.Requests, kind.Name, $"{kind.What} | {kind.Answer}", Median(ratios[kind.Name]), "plain handshakes");
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"A plain handshake with its status takes {Median(plains):0.00} ms of the processor here. The target is {Target}."));
    }

    private async Task MeasureSilenceAsync()
    {
        int count = isShort ? 150 : 500;
        _table.AppendLine().AppendLine("| a silent connection | memory, in KiB | most |").AppendLine("| --- | --- | --- |");
        int address = 0;
        foreach ((string kind, string what) in SilentPeers.Kinds)
        {
            ServerProcess server = SilentPeers.ServerOf(servers, kind);
            using var peers = new SilentPeers();
            long before = await SettleAsync(server);
            await peers.AddAsync(servers, kind, count, address++);
            long after = await SettleAsync(server);
            Judge(_limits.SilentConnections, kind, what, Math.Max(0, after - before) / 1024.0 / count, "KiB");
        }
    }

    private async Task MeasureHonestAsync()
    {
        if (isShort)
        {
            return;
        }

        double alone = await HonestAsync();
        _table.AppendLine()
            .AppendLine("| an honest handshake and status while | time, beside its usual | most |")
            .AppendLine("| --- | --- | --- |");
        using (var peers = new SilentPeers())
        {
            int address = 100;
            foreach (string kind in (string[])["tcp", "hello", "handshake", "http2"])
            {
                await peers.AddAsync(servers, kind, 250, address++);
            }

            Judge(_limits.HonestStatus, "silent", "1,000 connections of four kinds are silent", await HonestAsync() / alone, "times");
        }
    }

    /// <summary>The time of a handshake and a status, the median of many, in milliseconds.</summary>
    private async Task<double> HonestAsync()
    {
        var times = new List<double>();
        for (int i = 0; i < 200; i++)
        {
            long start = Stopwatch.GetTimestamp();
            if (await CallerClient.ShakeAsync(servers.Client) != "200")
            {
                throw new InvalidOperationException("An honest client was refused.");
            }

            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return Median(times);
    }

    /// <summary>Sends one after another for that long; the server's processor time of one, in milliseconds.</summary>
    private static async Task<double> RepeatAsync(RequestKind kind, TimeSpan time)
    {
        TimeSpan before = kind.Server.ProcessorTime;
        long start = Stopwatch.GetTimestamp();
        int count = 0;
        do
        {
            await kind.RequireAsync();
            count++;
        }
        while (Stopwatch.GetElapsedTime(start) < time);

        // What follows an answer belongs to it.
        await Task.Delay(TimeSpan.FromMilliseconds(5));
        return (kind.Server.ProcessorTime - before).TotalMilliseconds / count;
    }

    /// <summary>Its memory once it stays the same.</summary>
    private static async Task<long> SettleAsync(ServerProcess server)
    {
        long before;
        long now = server.ResidentBytes;
        do
        {
            before = now;
            await Task.Delay(TimeSpan.FromMilliseconds(300));
            now = server.ResidentBytes;
        }
        while (Math.Abs(now - before) > 512 * 1024);
        return now;
    }

    private void Judge(Dictionary<string, double> limits, string name, string what, double value, string unit)
    {
        double most = limits[name];
        string text = value.ToString(value < 10 ? "0.0" : "0", CultureInfo.InvariantCulture);
        _table.AppendLine(CultureInfo.InvariantCulture, $"| {what} | {text} | {most} |");
        if (value > most)
        {
            _faults.Add(string.Create(CultureInfo.InvariantCulture, $"{name}: {text} {unit}, and the limit is {most}."));
        }
    }

    private static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
