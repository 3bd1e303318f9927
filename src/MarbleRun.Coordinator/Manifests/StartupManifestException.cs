namespace MarbleRun.Coordinator.Manifests;

/// <summary>The manifest that the start options name cannot be set; the Coordinator does not start.</summary>
internal sealed class StartupManifestException(string message, Exception innerException) : MarbleRunException(message, innerException);
