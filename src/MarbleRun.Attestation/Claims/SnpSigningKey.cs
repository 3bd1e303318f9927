namespace MarbleRun.Attestation.Claims;

/// <summary>
/// The kind of key that signed a report: SIGNING_KEY of the report (AMD #56860, ATTESTATION_REPORT, offset 48h, bits 4:2).
/// </summary>
public enum SnpSigningKey
{
    /// <summary>The versioned chip endorsement key: derived in the chip from its own secret and its TCB.</summary>
    Vcek = 0,

    /// <summary>The versioned loaded endorsement key: given by AMD to a cloud provider, and the same on all its chips of one TCB.</summary>
    Vlek = 1,

    /// <summary>The report is not signed.</summary>
    None = 7,
}
