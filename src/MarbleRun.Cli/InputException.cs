namespace MarbleRun.Cli;

/// <summary>An input that the user named is unreadable or invalid; the message says which one, and what to do.</summary>
internal sealed class InputException(string message, Exception? cause = null) : Exception(message, cause);
