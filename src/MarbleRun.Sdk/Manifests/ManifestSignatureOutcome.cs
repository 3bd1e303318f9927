namespace MarbleRun.Manifests;

/// <summary>What came of asking whether an owner signed a manifest.</summary>
public enum ManifestSignatureOutcome
{
    /// <summary>No signature was looked at; a verdict that nobody filled in.</summary>
    NotVerified = 0,

    /// <summary>An owner signed the manifest.</summary>
    Accepted,

    /// <summary>There is no signature.</summary>
    Missing,

    /// <summary>The signatures are by other keys than the owners'.</summary>
    UnknownKey,

    /// <summary>An owner's signatures are for other manifests.</summary>
    OtherManifest,

    /// <summary>A signature that names an owner's key is not by that key, or its fields were changed.</summary>
    Invalid,

    /// <summary>An owner signed the manifest, but has a newer one: the sequence is below the lowest that is taken.</summary>
    SequenceTooLow,

    /// <summary>An owner signed the manifest, and the end of the signature is past.</summary>
    Expired,
}
