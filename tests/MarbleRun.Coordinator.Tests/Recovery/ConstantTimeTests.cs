using System.Diagnostics;
using MarbleRun.Coordinator.Recovery;

namespace MarbleRun.Coordinator.Tests.Recovery;

/// <summary>
/// A bench after dudect (Reparaz, Balasch, Verbauwhede, Dude, is my code constant time?, 2017): the times of one class of operands, always
/// the same, against those of random ones, by Welch's t-test. Run it alone on a quiet machine:
/// <c>--filter-class "*ConstantTimeTests" --explicit only --show-live-output on</c>.
/// </summary>
public sealed class ConstantTimeTests(ITestOutputHelper output)
{
    private const int Measurements = 400_000;
    private const int Size = 32;

    /// <summary>Above it dudect calls a difference found beyond doubt.</summary>
    private const double Leak = 10;

    private static byte s_sink;

    [Fact(Explicit = true)]
    [Trait("Security", "F2")]
    public void Multiply_FixedAgainstRandomOperands_TakesTheSameTime()
    {
        double branching = Measure(MultiplyWithBranches);
        double ours = Measure(Gf256.Multiply);

        output.WriteLine(
            $"t of a multiplication with branches: {branching:F1}; of ours: {ours:F1}; {Measurements} measurements, leak from {Leak} on");
        Assert.True(
            Math.Abs(branching) > Leak,
            "The bench does not even see the leak of a multiplication with branches; what it says about ours means nothing.");
        Assert.InRange(Math.Abs(ours), 0, Leak);
    }

    /// <summary>The t of Welch's test between zeros and random bytes as first operand.</summary>
    private static double Measure(Func<byte, byte, byte> multiply)
    {
        var random = new Random(1);
        byte[][] inputs = [.. Enumerable.Range(0, 4096).Select(_ => new byte[Size])];
        bool[] isRandom = [.. inputs.Select(_ => random.Next(2) == 1)];
        for (int i = 0; i < inputs.Length; i++)
        {
            if (isRandom[i])
            {
                random.NextBytes(inputs[i]);
            }
        }

        var times = new long[Measurements];
        for (int pass = 0; pass < 2; pass++)
        {
            // The first pass is for the compiler.
            for (int i = 0; i < Measurements; i++)
            {
                byte[] input = inputs[i % inputs.Length];
                long start = Stopwatch.GetTimestamp();
                foreach (byte value in input)
                {
                    s_sink ^= multiply(0x53, value);
                }

                times[i] = Stopwatch.GetTimestamp() - start;
            }
        }

        // What the scheduler took away says nothing about the code.
        long cut = times.Order().ElementAt(Measurements * 9 / 10);
        ILookup<bool, double> classes = times.Select((time, i) => (Time: (double)time, IsRandom: isRandom[i % inputs.Length]))
            .Where(m => m.Time <= cut)
            .ToLookup(m => m.IsRandom, m => m.Time);
        (double Mean, double Variance, int Count) a = Describe([.. classes[false]]);
        (double Mean, double Variance, int Count) b = Describe([.. classes[true]]);
        return (a.Mean - b.Mean) / Math.Sqrt((a.Variance / a.Count) + (b.Variance / b.Count));
    }

    private static (double Mean, double Variance, int Count) Describe(double[] values)
    {
        double mean = values.Average();
        return (mean, values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1), values.Length);
    }

    /// <summary>As the textbook has it; for comparison.</summary>
    private static byte MultiplyWithBranches(byte a, byte b)
    {
        int product = 0;
        int power = a;
        for (int rest = b; rest != 0; rest >>= 1)
        {
            if ((rest & 1) != 0)
            {
                product ^= power;
            }

            power <<= 1;
            if ((power & 0x100) != 0)
            {
                power ^= 0x11B;
            }
        }

        return (byte)product;
    }
}
