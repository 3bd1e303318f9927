using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Snp;

/// <summary>A trusted root and its product line.</summary>
internal sealed record SnpRoot(SnpProductLine Line, Certificate Certificate);
