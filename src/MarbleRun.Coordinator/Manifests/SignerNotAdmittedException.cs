namespace MarbleRun.Coordinator.Manifests;

/// <summary>
/// Somebody without the right to it gave a signature by a key of which none is kept. The message may be sent to the caller.
/// </summary>
internal sealed class SignerNotAdmittedException(string message) : Exception(message);
