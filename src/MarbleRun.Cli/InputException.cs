namespace MarbleRun.Cli;

/// <summary>What the user named can't be read or is not what it should be; the sentence says which and what to do.</summary>
internal sealed class InputException(string message, Exception? cause = null) : Exception(message, cause);
