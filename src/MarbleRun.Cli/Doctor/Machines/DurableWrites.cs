namespace MarbleRun.Cli.Doctor.Machines;

/// <summary>How long it took to write 4 KiB and to have the disk confirm it (fsync).</summary>
/// <param name="Count">How many writes there were.</param>
/// <param name="Median">The one in the middle.</param>
/// <param name="Slowest">The slowest one.</param>
internal sealed record DurableWrites(int Count, TimeSpan Median, TimeSpan Slowest);
