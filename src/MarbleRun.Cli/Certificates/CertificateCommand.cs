using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Cli.Coordinators;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Certificates;

/// <summary>One of the commands that verify a Coordinator and write certificates of it.</summary>
internal static class CertificateCommand
{
    public static Command Create(
        string name, string title, string defaultFile, string description, Func<CoordinatorPin, X509Certificate2[]> choose)
    {
        var command = new Command(
            name,
            $"{description} PEM, mode 0600; an existing file is replaced. If the Coordinator was verified before, its root must be the "
            + "same.");
        Argument<string> address = GlobalOptions.AddCoordinatorTo(command);
        var file = new Option<string>("--output", "-o")
        {
            Description = $"The file to write. Default: {defaultFile}.",
            HelpName = "FILE",
            DefaultValueFactory = _ => defaultFile,
        };
        command.Options.Add(file);
        command.Options.Add(FormatOption.Create(alsoOutput: false));
        command.SetExamples(
            $"marblerun certificate {name} localhost:4433 --era-config coordinator-era.json",
            $"marblerun certificate {name} localhost:4433 --output {name}.pem");
        return command.SetRun(async run =>
        {
            string path = run.Arguments.GetRequiredValue(file);
            if (path.Length == 0)
            {
                throw new InputException("output flag must not be empty. Specify a file.");
            }

            using PrivateFile target = PrivateFile.Prepare(path, overwrite: true);
            CoordinatorAccess access = CoordinatorAccess.For(run, run.Arguments.GetRequiredValue(address));
            AttestedCoordinator coordinator = await access.AttestAsync(PinUse.Compare);
            await access.SaveQuoteAsync(coordinator);
            X509Certificate2[] certificates = choose(coordinator.Pin);
            string pem = string.Concat(certificates.Select(c => c.ExportCertificatePem() + "\n"));
            await target.WriteAsync(Encoding.ASCII.GetBytes(pem), run.CancellationToken);
            await run.WriteAsync(new CertificateResult(title, path, certificates));
            return ExitCodes.Ok;
        });
    }
}
