using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Snp;

/// <summary>A trusted root and the product line that it stands for.</summary>
internal sealed record SnpRoot(SnpProductLine Line, Certificate Certificate);
