namespace MarbleRun.Coordinator.Manifests;

/// <summary>The manifest that the start options name, or its signatures, cannot be set; the Coordinator does not start.</summary>
internal sealed class StartupManifestException : MarbleRunException
{
    public StartupManifestException(string message)
        : base(message)
    {
    }

    public StartupManifestException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
