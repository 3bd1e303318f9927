namespace MarbleRun.Coordinator.Manifests;

/// <summary>What a manifest was sent for; refusals are worded differently.</summary>
internal enum ManifestPurpose
{
    /// <summary>To be the first one.</summary>
    Set = 0,

    /// <summary>To replace the one in force, or to raise security versions.</summary>
    Update,
}
