using System.Diagnostics;
using SharpFuzz;

namespace MarbleRun.Fuzz;

/// <summary>What the program can do.</summary>
internal static class Commands
{
    public static int Fuzz(string name)
    {
        // Nothing of the instrumented assembly may run before the fuzzer has given it its memory.
        Target? target = null;
        Fuzzer.Run(stream =>
        {
            using var input = new MemoryStream();
            stream.CopyTo(input);
            target ??= Targets.Find(name).Single();
            target.Measure(input.ToArray());
        });
        return 0;
    }

    public static int Mutate(string name, int count)
    {
        foreach (Target target in Targets.Find(name))
        {
            byte[][] seeds = [.. target.AllSeeds()];

            // A fixed start, so that a failure comes back.
            var random = new Random(20_260_101);
            if (!Run(target, Enumerable.Range(0, count).Select(_ => Mutator.Mutate(seeds[random.Next(seeds.Length)], random))))
            {
                return 1;
            }
        }

        return 0;
    }

    /// <summary>Runs inputs that are kept in files, such as those that the fuzzer found to be interesting.</summary>
    public static int Measure(string name, string folder) =>
        Run(Targets.Find(name).Single(), Directory.EnumerateFiles(folder).Select(File.ReadAllBytes)) ? 0 : 1;

    public static int WriteSeeds(string folder)
    {
        foreach (Target target in Targets.All)
        {
            string place = Path.Combine(folder, target.Name);
            Directory.CreateDirectory(place);
            int number = 0;
            foreach (byte[] seed in target.AllSeeds())
            {
                File.WriteAllBytes(Path.Combine(place, $"{number++:D3}"), seed);
            }
        }

        return 0;
    }

    public static int WriteEvidence(string folder)
    {
        SnpEvidence.Write(folder);
        return 0;
    }

    public static int Explain()
    {
        Console.Error.WriteLine(
            "fuzz TARGET | mutate TARGET|all COUNT | measure TARGET FOLDER | seeds FOLDER | evidence FOLDER; targets: "
            + string.Join(", ", Targets.All.Select(t => t.Name)));
        return 2;
    }

    private static bool Run(Target target, IEnumerable<byte[]> inputs)
    {
        var clock = Stopwatch.StartNew();
        int number = 0;
        long most = 0;
        double slowest = 0;
        foreach (byte[] input in inputs)
        {
            try
            {
                long start = Stopwatch.GetTimestamp();
                most = Math.Max(most, target.Measure(input));
                slowest = number == 0 ? 0 : Math.Max(slowest, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
            catch (Exception exception)
            {
                string path = Path.Combine(Path.GetTempPath(), $"marblerun-fuzz-{target.Name}-{number}");
                File.WriteAllBytes(path, input);
                Console.Error.WriteLine($"{target.Name}: input {number}, kept in {path}: {exception}");
                return false;
            }

            number++;
        }

        Console.WriteLine(
            $"{target.Name}: {number} inputs in {clock.Elapsed.TotalSeconds:F1} s, no exception; most memory {most / 1024} KiB, longest "
            + $"{slowest:F1} ms");
        return true;
    }
}
