namespace MarbleRun.Attestation.Claims;

/// <summary>A product line of AMD EPYC processors; each has its own root key (ARK).</summary>
public enum SnpProductLine
{
    /// <summary>The product line is unknown.</summary>
    Unknown = 0,

    /// <summary>EPYC 7003 (family 19h, models 00h to 0Fh).</summary>
    Milan,

    /// <summary>EPYC 9004 and 8004, also known as Bergamo and Siena (family 19h, models 10h to 1Fh and A0h to AFh).</summary>
    Genoa,

    /// <summary>EPYC 9005 (family 1Ah, models 00h to 1Fh).</summary>
    Turin,
}
