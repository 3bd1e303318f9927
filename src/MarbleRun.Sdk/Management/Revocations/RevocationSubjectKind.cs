namespace MarbleRun.Management.Revocations;

/// <summary>What a revocation names.</summary>
public enum RevocationSubjectKind
{
    /// <summary>Not specified, or not known to this version.</summary>
    Unknown = 0,

    /// <summary>The UUID of an instance.</summary>
    Uuid,

    /// <summary>SHA-256 of one certificate (DER), 64 hexadecimal digits.</summary>
    Certificate,

    /// <summary>A Marble type of the manifest.</summary>
    MarbleType,

    /// <summary>The measurement: MRENCLAVE, 64 hexadecimal digits; MRTD or MEASUREMENT, 96.</summary>
    Measurement,

    /// <summary>SHA-256 of the machine's PPID or CHIP_ID, 64 hexadecimal digits.</summary>
    Platform,
}
