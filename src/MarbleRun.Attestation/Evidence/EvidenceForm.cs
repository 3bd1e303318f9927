namespace MarbleRun.Attestation.Evidence;

/// <summary>The form in which evidence was found (<see cref="EvidenceFile"/>).</summary>
public enum EvidenceForm
{
    /// <summary>The form is unknown.</summary>
    Unknown = 0,

    /// <summary>The bytes of the platform, with or without the header of the wire.</summary>
    Binary,

    /// <summary>Hexadecimal text, with or without <c>0x</c>, white space and line ends.</summary>
    Hex,

    /// <summary>Base64 or base64url text, with or without padding and line ends.</summary>
    Base64,

    /// <summary>One block of PEM (RFC 7468), with any label.</summary>
    Pem,

    /// <summary>
    /// A JSON object with the evidence in base64, as a Coordinator answers <c>GET /api/v2/quote</c> or <c>GET /quote</c>.
    /// </summary>
    Json,

    /// <summary>A report of Azure's host compatibility layer (<c>HCLA</c>), from which the hardware's report was extracted.</summary>
    AzureHcl,
}
