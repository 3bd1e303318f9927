namespace MarbleRun.Tee;

/// <summary>Why the trusted execution environment could not be used. The numbers are those of the native library.</summary>
public enum TeeStatus
{
    /// <summary>Not specified.</summary>
    Unknown = 0,

    /// <summary>An argument is invalid.</summary>
    InvalidArgument = -1,

    /// <summary>This trusted execution environment, or its configuration, does not offer the operation.</summary>
    Unsupported = -2,

    /// <summary>The process does not run in a trusted execution environment, or not in the one that was asked for.</summary>
    NotFound = -3,

    /// <summary>The interface of the trusted execution environment failed.</summary>
    Failed = -4,

    /// <summary>The process has no permission.</summary>
    PermissionDenied = -5,

    /// <summary>The platform was busy for 35 seconds.</summary>
    Busy = -6,

    /// <summary>The platform did not answer.</summary>
    TimedOut = -7,

    /// <summary>The platform's answer has a wrong form, or is about other report data.</summary>
    InvalidAnswer = -8,

    /// <summary>Another process changed the request before the evidence was read.</summary>
    Conflict = -9,

    /// <summary>The platform's answer is too large.</summary>
    TooLarge = -10,

    /// <summary>There was not enough memory.</summary>
    OutOfMemory = -11,

    /// <summary>A fault of the native library.</summary>
    InternalError = -12,

    /// <summary>The native library is missing, cannot be loaded, or has another version.</summary>
    LibraryMissing = -1000,
}
