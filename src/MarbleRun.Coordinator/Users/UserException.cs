namespace MarbleRun.Coordinator.Users;

/// <summary>The users of a manifest cannot be told apart or read; the message goes to whoever set it.</summary>
internal sealed class UserException(string message, Exception? innerException = null) : Exception(message, innerException);
