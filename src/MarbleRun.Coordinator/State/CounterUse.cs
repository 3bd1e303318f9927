namespace MarbleRun.Coordinator.State;

/// <summary>What counters take.</summary>
/// <param name="Count">How many they are.</param>
/// <param name="Bytes">What they take in the clear, before they are sealed.</param>
internal readonly record struct CounterUse(int Count, long Bytes)
{
    /// <summary>What a counter takes besides its name: quotes, colon, comma, and up to 20 digits.</summary>
    private const int Overhead = 24;

    public CounterUse With(string key) => new(Count + 1, Bytes + BytesOf(key));

    public static long BytesOf(string key) => key.Length + Overhead;
}
