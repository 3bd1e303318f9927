using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Snp;
using MarbleRun.Management;

namespace MarbleRun.Cli.Doctor.Coordinators;

/// <summary>Whether the Coordinator runs in hardware or in simulation, according to its quote.</summary>
internal sealed class ModeCheck() : CoordinatorCheck(
    "coordinator.mode", "hardware or simulation", "docs/threat-model.md#the-host-sets-environment-and-time")
{
    protected override IEnumerable<Finding> Look(Examination examination, CoordinatorFacts coordinator)
    {
        if (coordinator.Evidence is not { } evidence)
        {
            yield break;
        }

        string mode = Describe(evidence, out bool isSimulation);
        yield return isSimulation && !examination.Options.Simulation
            ? Warn(
                mode,
                "a quote of hardware",
                "For production, start the Coordinator in a trusted execution environment; if you expect a simulation: --simulation.")
            : !isSimulation && examination.Options.Simulation
            ? Warn(mode, "a simulation, because of --simulation", "Omit --simulation, and specify --era-config FILE.")
            : Good(mode);
    }

    private static string Describe(CoordinatorEvidence evidence, out bool isSimulation)
    {
        isSimulation = true;
        if (evidence.Quote.RawData.IsEmpty)
        {
            return "simulation: the Coordinator has no quote";
        }

        if (SnpEvidence.Recognizes(evidence.Quote))
        {
            isSimulation = false;
            return "hardware: a report of AMD SEV-SNP";
        }

        if (!DcapQuoteContent.TryRead(evidence.Quote, out DcapQuoteContent? content, out string? fault))
        {
            isSimulation = false;
            return $"unknown: the quote can't be read ({fault})";
        }

        isSimulation = IsOfDevelopmentRoot(content.PckCertificateChain);
        string kind = content.Claims.Tee == TeeType.Tdx ? "Intel TDX" : "Intel SGX";
        return (isSimulation ? $"simulation of {kind}" : $"hardware: a quote of {kind}")
            + (content.Claims.Debug ? ", IN DEBUG MODE" : string.Empty);
    }

    private static bool IsOfDevelopmentRoot(string chain)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(chain);
            return certificates.Count > 0 && DcapTrustAnchor.FromCertificate(certificates[^1].RawData).IsDevelopmentRoot;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return false;
        }
    }
}
