namespace MarbleRun.Manifests.Signatures;

/// <summary>The outcome of the verification of an owner's signature.</summary>
public enum ManifestSignatureOutcome
{
    /// <summary>No signature was verified.</summary>
    NotVerified = 0,

    /// <summary>An owner signed the manifest.</summary>
    Accepted,

    /// <summary>There is no signature.</summary>
    Missing,

    /// <summary>The signatures are by keys that are not the owners'.</summary>
    UnknownKey,

    /// <summary>An owner's signatures are for other manifests.</summary>
    OtherManifest,

    /// <summary>A signature names an owner's key but was not created by it, or its fields were changed.</summary>
    Invalid,

    /// <summary>An owner signed the manifest, but the sequence number is below the lowest accepted one.</summary>
    SequenceTooLow,

    /// <summary>An owner signed the manifest, but the signature has expired.</summary>
    Expired,
}
