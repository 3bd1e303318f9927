namespace MarbleRun.Management;

/// <summary>Why a call to the Coordinator's client API failed.</summary>
public enum CoordinatorErrorCode
{
    /// <summary>Not told.</summary>
    Unknown = 0,

    /// <summary>No connection, or none to the Coordinator that was verified.</summary>
    Unreachable,

    /// <summary>The answer is not one of the client API: too long, no JSON, or a member is missing.</summary>
    InvalidReply,

    /// <summary>The Coordinator does not know the caller (status 401).</summary>
    Unauthorized,

    /// <summary>The function is switched off in the manifest, or the caller has no right to it (status 403).</summary>
    Forbidden,

    /// <summary>There is no such thing (status 404).</summary>
    NotFound,

    /// <summary>The Coordinator does not have this function (status 405).</summary>
    NotSupported,

    /// <summary>The Coordinator refused: a wrong state, a wrong manifest (status 400 or 500). The message has its words.</summary>
    Rejected,
}
