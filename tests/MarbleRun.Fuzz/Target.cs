namespace MarbleRun.Fuzz;

/// <summary>One reader of unauthenticated callers' bytes.</summary>
/// <param name="Name">What it is called on the command line and in <c>corpus/</c>.</param>
/// <param name="Run">Takes any bytes and must come back without an exception.</param>
/// <param name="Seeds">Inputs to start from, besides those in <c>corpus/</c>.</param>
internal sealed record Target(string Name, Action<byte[]> Run, Func<IEnumerable<byte[]>> Seeds)
{
    // The most is taken by JSON full of short tokens and by lists full of short entries; see the measurements in README.md.
    private const long ForEachByte = 100;

    private bool _isWarm;

    /// <summary>
    /// What any input may take, however short it is, in bytes: a verdict, its claims and the keys to check it with take less.
    /// </summary>
    public long Fixed { get; init; } = 256 * 1024;

    /// <summary>The inputs to start from: those that are made, and those that are kept.</summary>
    public IEnumerable<byte[]> AllSeeds() =>
        Seeds().Concat(
            Directory.Exists(Corpus) ? Directory.EnumerateFiles(Corpus).Order(StringComparer.Ordinal).Select(File.ReadAllBytes) : []);

    private string Corpus => Path.Combine(AppContext.BaseDirectory, "corpus", Name);

    /// <summary>Runs one input.</summary>
    /// <returns>How much memory it took, in bytes.</returns>
    /// <exception cref="InvalidOperationException">It took more than an input of its length may.</exception>
    public long Measure(byte[] input)
    {
        if (!_isWarm)
        {
            // What is made once for all inputs counts for none.
            Run(input);
            _isWarm = true;
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        Run(input);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return allocated <= Fixed + (ForEachByte * input.Length)
            ? allocated
            : throw new InvalidOperationException($"{input.Length} bytes of input took {allocated} bytes of memory.");
    }
}
