namespace MarbleRun.Management;

/// <summary>Why a deployment is not trustworthy.</summary>
public enum CoordinatorVerificationFailure
{
    /// <summary>Not specified.</summary>
    Unknown = 0,

    /// <summary>The Coordinator did not answer in time.</summary>
    Unreachable,

    /// <summary>The answer is not valid in the client API, or its certificates cannot be read.</summary>
    InvalidReply,

    /// <summary>The quote was refused; the verdict has the reason.</summary>
    QuoteRefused,

    /// <summary>
    /// The server's TLS certificate is not the root that the quote vouches for: the connection is intercepted, or the Coordinator changed.
    /// </summary>
    TlsPeerMismatch,

    /// <summary>The intermediate certificate was not issued by the root that the quote vouches for.</summary>
    IntermediateUntrusted,

    /// <summary>The Coordinator is genuine, but has no manifest: none is set, or it waits for recovery.</summary>
    ManifestUnavailable,

    /// <summary>The manifest does not match its fingerprint or the root's signature, or cannot be read.</summary>
    ManifestInvalid,

    /// <summary>The manifest is genuine, but is not the expected one.</summary>
    UnexpectedManifest,
}
