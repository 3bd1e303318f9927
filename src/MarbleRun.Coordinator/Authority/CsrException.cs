namespace MarbleRun.Coordinator.Authority;

/// <summary>A certificate signing request was refused; the message goes to the caller.</summary>
internal sealed class CsrException(string message, Exception? innerException = null) : Exception(message, innerException);
