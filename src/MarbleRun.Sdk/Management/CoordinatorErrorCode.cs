namespace MarbleRun.Management;

/// <summary>Why a call to the Coordinator's client API failed.</summary>
public enum CoordinatorErrorCode
{
    /// <summary>Not specified.</summary>
    Unknown = 0,

    /// <summary>There is no connection, or no connection to the verified Coordinator.</summary>
    Unreachable,

    /// <summary>The answer is not valid in the client API: it is too long, it is not JSON, or a member is missing.</summary>
    InvalidReply,

    /// <summary>The Coordinator does not know the caller (status 401).</summary>
    Unauthorized,

    /// <summary>The manifest disables the function, or the caller has no permission for it (status 403).</summary>
    Forbidden,

    /// <summary>The requested object does not exist (status 404).</summary>
    NotFound,

    /// <summary>The Coordinator does not have this function (status 405).</summary>
    NotSupported,

    /// <summary>
    /// The Coordinator refused the call: wrong state, invalid manifest (status 400 or 500). The message contains the Coordinator's reason.
    /// </summary>
    Rejected,
}
