namespace MarbleRun.Coordinator.Authority;

/// <summary>A certificate signing request that is refused; the message goes to the one who sent it.</summary>
internal sealed class CsrException(string message, Exception? innerException = null) : Exception(message, innerException);
