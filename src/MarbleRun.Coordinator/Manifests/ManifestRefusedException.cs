namespace MarbleRun.Coordinator.Manifests;

/// <summary>A manifest that is not taken; the message goes to the one who sent it, as MarbleRun 1.9 words it.</summary>
internal sealed class ManifestRefusedException(string message, Exception? innerException = null) : Exception(message, innerException);
