namespace MarbleRun.Coordinator.Manifests;

/// <summary>Somebody else than the bootstrap user wants to set the first manifest.</summary>
internal sealed class NoBootstrapUserException()
    : Exception(
        "unauthorized user: client certificate did not match the bootstrap user, who alone may set the first manifest "
        + "(Coordinator:Bootstrap)");
