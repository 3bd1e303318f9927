namespace MarbleRun.Coordinator.Counters;

/// <summary>A counter call is refused; the message goes to the Marble.</summary>
internal sealed class CounterException(string message) : Exception(message);
