using MarbleRun.Attestation.Inspection;

namespace MarbleRun.Cli.Doctor.Collaterals;

/// <summary>Whether each document is signed by the vendor, and about the platform.</summary>
internal sealed class GenuineCheck() : DoctorCheck(
    "collateral.genuine", "signatures of all documents", "docs/collateral.md#inspecting-collateral")
{
    public override async Task<IReadOnlyList<Finding>> RunAsync(Examination examination, CancellationToken cancellationToken)
    {
        IReadOnlyList<CollateralFacts> all = await examination.CollateralAsync();
        (string Subject, CollateralDocument Document)[] documents =
            [.. all.SelectMany(f => f.Documents.Select(d => (f.Subject, d)))];
        Finding[] faults =
        [
            .. documents.Where(d => d.Document.Fault is not null).Select(d => Fail(
                $"{d.Subject}, {d.Document.Name}: {d.Document.Fault}",
                "a document of the vendor about this platform",
                "Fetch the collateral again; for a simulation, specify --simulation.")),
        ];
        return faults.Length > 0 ? faults
            : documents.Length > 0 ? [Good($"{documents.Length} documents and certificates are genuine")]
            : [];
    }
}
