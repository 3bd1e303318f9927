using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Cli.Doctor.Coordinators;

/// <summary>The remaining life of the Coordinator's certificates.</summary>
internal sealed class CertificatesCheck() : CoordinatorCheck(
    "coordinator.certificates", "remaining life of the certificates", "docs/operations/identity.md#what-happens-when")
{
    private static readonly TimeSpan s_soon = TimeSpan.FromDays(30);

    protected override IEnumerable<Finding> Look(Examination examination, CoordinatorFacts coordinator)
    {
        if (coordinator.Evidence is not { } evidence)
        {
            return [];
        }

        (string Name, X509Certificate2 Certificate)[] certificates = [("root", evidence.Root), ("intermediate", evidence.Intermediate)];
        return certificates.OrderBy(c => c.Certificate.NotAfter).Select(c => Judge(c.Name, c.Certificate, examination.Now));
    }

    private Finding Judge(string name, X509Certificate2 certificate, DateTimeOffset now)
    {
        DateTimeOffset end = certificate.NotAfter.ToUniversalTime();
        TimeSpan rest = end - now;
        string found = string.Create(
            CultureInfo.InvariantCulture,
            $"{name} {(rest < TimeSpan.Zero ? "ended" : "ends")} {end:yyyy-MM-dd HH:mm}Z "
            + $"({(rest < TimeSpan.Zero ? $"{-rest.TotalDays:F0} days ago" : $"in {rest.TotalDays:F0} days")})");
        string remedy = name == "root"
            ? "A root can't be renewed: plan a new deployment with a new root, and the change of all that pin it."
            : "Update the manifest before: each update makes a new intermediate certificate.";
        return rest < TimeSpan.Zero ? Fail(found, "a certificate that is valid", remedy)
            : rest < s_soon ? Warn(found, $"{s_soon.TotalDays:F0} days or more", remedy)
            : Good(found);
    }
}
