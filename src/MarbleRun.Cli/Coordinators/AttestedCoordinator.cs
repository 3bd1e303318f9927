using MarbleRun.Attestation;
using MarbleRun.Management;

namespace MarbleRun.Cli.Coordinators;

/// <summary>A Coordinator after its verification.</summary>
/// <param name="Evidence">Its quote and certificates.</param>
/// <param name="Verdict">The verdict about the quote; null with <c>--insecure</c>.</param>
internal sealed record AttestedCoordinator(CoordinatorEvidence Evidence, Verdict? Verdict)
{
    public CoordinatorPin Pin => new(Evidence.Root, Evidence.Intermediate);
}
