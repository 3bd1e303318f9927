namespace MarbleRun.Coordinator.Attestation;

/// <summary>A quote is not genuine, or not known to be; the message goes to the caller.</summary>
internal sealed class QuoteNotSignedException(string message) : Exception(message);
