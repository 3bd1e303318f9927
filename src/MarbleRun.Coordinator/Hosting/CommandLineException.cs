namespace MarbleRun.Coordinator.Hosting;

/// <summary>An invalid command line.</summary>
internal sealed class CommandLineException(string message) : MarbleRunException(message);
