using System.Diagnostics;
using SharpFuzz;

namespace MarbleRun.Fuzz;

/// <summary>What the program can do.</summary>
internal static class Commands
{
    public static int Fuzz(string target)
    {
        // Nothing of the instrumented assembly may run before the fuzzer has given it its memory.
        Fuzzer.Run(stream =>
        {
            using var input = new MemoryStream();
            stream.CopyTo(input);
            Targets.Find(target)(input.ToArray());
        });
        return 0;
    }

    public static int Mutate(string target, int count)
    {
        Action<byte[]> run = Targets.Find(target);
        byte[][] seeds = [.. Targets.SeedsOf(target)];

        // A fixed start, so that a failure comes back.
        var random = new Random(20_260_101);
        var clock = Stopwatch.StartNew();
        for (int i = 0; i < count; i++)
        {
            byte[] input = Mutator.Mutate(seeds[random.Next(seeds.Length)], random);
            try
            {
                run(input);
            }
            catch (Exception exception)
            {
                string path = Path.Combine(Path.GetTempPath(), $"marblerun-fuzz-{target}-{i}");
                File.WriteAllBytes(path, input);
                Console.Error.WriteLine($"{target}: input {i}, kept in {path}: {exception}");
                return 1;
            }
        }

        Console.WriteLine($"{target}: {count} inputs in {clock.Elapsed.TotalSeconds:F1} s, no exception");
        return 0;
    }

    public static int WriteSeeds(string folder)
    {
        foreach (string target in Targets.Names)
        {
            string place = Path.Combine(folder, target);
            Directory.CreateDirectory(place);
            int number = 0;
            foreach (byte[] seed in Targets.SeedsOf(target))
            {
                File.WriteAllBytes(Path.Combine(place, $"{number++:D3}"), seed);
            }
        }

        return 0;
    }

    public static int Explain()
    {
        Console.Error.WriteLine($"fuzz TARGET | mutate TARGET COUNT | seeds FOLDER; targets: {string.Join(", ", Targets.Names)}");
        return 2;
    }
}
