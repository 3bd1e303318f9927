using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation.Snp;

/// <summary>The names of product lines in AMD's certificates.</summary>
internal static class SnpProductLines
{
    /// <summary>The line of exactly that name, or Unknown.</summary>
    public static SnpProductLine Parse(string name) => name switch
    {
        nameof(SnpProductLine.Milan) => SnpProductLine.Milan,
        nameof(SnpProductLine.Genoa) => SnpProductLine.Genoa,
        nameof(SnpProductLine.Turin) => SnpProductLine.Turin,
        _ => SnpProductLine.Unknown,
    };
}
