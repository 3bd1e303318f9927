namespace MarbleRun.Coordinator.Secrets;

/// <summary>A secret cannot be made, or a change of secrets is refused; the message names the secret, never its value.</summary>
internal sealed class SecretException(string message, Exception? innerException = null) : Exception(message, innerException);
