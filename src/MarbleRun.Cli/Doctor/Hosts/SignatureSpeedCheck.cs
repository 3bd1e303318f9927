using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Cli.Doctor.Machines;

namespace MarbleRun.Cli.Doctor.Hosts;

/// <summary>The speed of signatures with the curve in use: that of the Coordinator's certificates, or the default P-256.</summary>
internal sealed class SignatureSpeedCheck() : DoctorCheck(
    "openssl.speed", "speed of signatures with the curve in use", "docs/operations/limits.md#work")
{
    private const int FewestSignatures = 2000;

    public override async Task<IReadOnlyList<Finding>> RunAsync(Examination examination, CancellationToken cancellationToken)
    {
        string curve = examination.Options.Address is not null && (await examination.CoordinatorAsync()).Evidence is { } evidence
            ? Curve(evidence.Root)
            : "P-256";
        SignatureSpeed speed = examination.Machine.MeasureSignatures(curve);
        string found = string.Create(
            CultureInfo.InvariantCulture,
            $"{curve}: {speed.Signatures:N0} signatures and {speed.Verifications:N0} verifications a second and core");
        return speed.Signatures >= FewestSignatures
            ? [Good(found)]
            : [Warn(
                found,
                $"{FewestSignatures:N0} signatures a second: each handshake needs one",
                curve == "P-256"
                    ? "The machine is slow or busy. Give it more of a processor."
                    : "Use P-256 (Authority:KeyAlgorithm), or OpenSSL 3.2 or later, which is faster with other curves.")];
    }

    private static string Curve(X509Certificate2 certificate)
    {
        using ECDsa? key = certificate.GetECDsaPublicKey();
        return key?.KeySize switch { 384 => "P-384", 521 => "P-521", _ => "P-256" };
    }
}
