namespace MarbleRun.Coordinator.Manifests;

/// <summary>An update that was acknowledged cannot be applied any more.</summary>
internal sealed class UpdateFailedException(string message, Exception innerException) : Exception(message, innerException);
