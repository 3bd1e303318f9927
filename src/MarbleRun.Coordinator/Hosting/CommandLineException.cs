namespace MarbleRun.Coordinator.Hosting;

/// <summary>A command line that cannot be understood.</summary>
internal sealed class CommandLineException(string message) : MarbleRunException(message);
