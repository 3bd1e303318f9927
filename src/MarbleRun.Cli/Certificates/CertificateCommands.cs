using System.CommandLine;

namespace MarbleRun.Cli.Certificates;

/// <summary><c>marblerun certificate</c>.</summary>
internal static class CertificateCommands
{
    public static Command Create() => new("certificate", "Saves certificates of a Coordinator after it was verified.")
    {
        CertificateCommand.Create(
            "root", "Root certificate", "marblerunRootCA.crt", "Saves the root certificate, which all updates keep.", pin => [pin.Root]),
        CertificateCommand.Create(
            "intermediate",
            "Intermediate certificate",
            "marblerunIntermediateCA.crt",
            "Saves the intermediate certificate, which updates replace.",
            pin => [pin.Intermediate]),
        CertificateCommand.Create(
            "chain",
            "Certificate chain",
            "marblerunChainCA.crt",
            "Saves both certificates, the intermediate first.",
            pin => [pin.Intermediate, pin.Root]),
    };
}
