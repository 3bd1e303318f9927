namespace MarbleRun.Management;

/// <summary>Why a deployment is not to be trusted.</summary>
public enum CoordinatorVerificationFailure
{
    /// <summary>Not told.</summary>
    Unknown = 0,

    /// <summary>There was no answer in time.</summary>
    Unreachable,

    /// <summary>The answer is not one of the client API, or its certificates cannot be read.</summary>
    InvalidReply,

    /// <summary>The quote was refused; the verdict tells why.</summary>
    QuoteRefused,

    /// <summary>The server's TLS certificate is not the root that the quote vouches for: something stands between, or the Coordinator changed.</summary>
    TlsPeerMismatch,

    /// <summary>The intermediate certificate was not issued by the root that the quote vouches for.</summary>
    IntermediateUntrusted,

    /// <summary>The Coordinator is genuine, but has no manifest to show: none is set, or it waits for recovery.</summary>
    ManifestUnavailable,

    /// <summary>The manifest does not fit its fingerprint or the root's signature, or cannot be read.</summary>
    ManifestInvalid,

    /// <summary>The manifest is genuine, but not the expected one.</summary>
    UnexpectedManifest,
}
