namespace MarbleRun.Coordinator.Users;

/// <summary>The users of a manifest cannot be read, or two have the same certificate; the message goes to the client that set the
/// manifest.</summary>
internal sealed class UserException(string message, Exception? innerException = null) : Exception(message, innerException);
