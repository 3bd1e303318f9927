namespace MarbleRun.Attestation.Snp;

/// <summary>A trusted root and the product line that it stands for.</summary>
internal sealed record SnpRoot(SnpProductLine Line, SnpCertificate Certificate);
