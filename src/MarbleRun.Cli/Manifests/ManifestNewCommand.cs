using System.CommandLine;
using System.Text;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Manifests;

/// <summary><c>marblerun manifest new</c>.</summary>
internal static class ManifestNewCommand
{
    public static Command Create()
    {
        var projects = new Option<string[]>("--project")
        {
            Description = "A .NET project that was built, its folder or its file; may be repeated. Each becomes a package and a Marble "
                + "type.",
            HelpName = "PATH",
            Required = true,
        };
        var configuration = new Option<string>("--configuration")
        {
            Description = "The configuration that was built. Default: Release.",
            HelpName = "NAME",
            DefaultValueFactory = _ => "Release",
        };
        var bySigner = new Option<bool>("--by-signer")
        {
            Description = "Admit every build by this machine's development signer, not only this one.",
        };
        var output = new Option<string?>("--output", "-o")
        {
            Description = "The file for the manifest, which must not exist. Default: standard output.",
            HelpName = "FILE",
        };
        var command = new Command(
            "new",
            "Writes a manifest for built .NET projects. Their measurements are those of the simulation; for hardware, replace them by "
            + "those of the enclave or image (\"package-info\").")
        {
            projects, configuration, bySigner, output,
        };
        command.SetExamples(
            "marblerun manifest new --project src/Backend --project src/Frontend -o manifest.json",
            "marblerun manifest new --project src/Backend --configuration Debug --by-signer");
        return command.SetRun(async run =>
        {
            SimulationPlatform platform = CommandEnvironment.Current.OpenSimulation();
            var apps = new SortedDictionary<string, AppMeasurement>(StringComparer.Ordinal);
            foreach (string project in run.Arguments.GetRequiredValue(projects))
            {
                BuiltProject built = await BuiltProject.FindAsync(
                    project, run.Arguments.GetRequiredValue(configuration), run.CancellationToken);
                if (!apps.TryAdd(built.Name, platform.MeasureApplication(built.Assembly)))
                {
                    throw new InputException($"Two projects have the name {built.Name}. A Marble type can exist only once.");
                }
            }

            byte[] manifest = Encoding.UTF8.GetBytes(Write(apps, run.Arguments.GetValue(bySigner)) + "\n");
            string? path = run.Arguments.GetValue(output);
            if (path is not null && Path.Exists(CommandEnvironment.Current.Resolve(path)))
            {
                throw new InputException($"{path} exists, and is not overwritten. Specify another file, or remove it.");
            }

            await OutputFile.WriteAsync(path, manifest, run.Output, run.CancellationToken);
            return ExitCodes.Ok;
        });
    }

    private static string Write(SortedDictionary<string, AppMeasurement> apps, bool bySigner) => JsonText.Write(json =>
    {
        json.WriteStartObject();
        json.WriteStartObject("Packages");
        foreach ((string name, AppMeasurement app) in apps)
        {
            json.WriteStartObject(name);
            if (bySigner)
            {
                json.WriteString("SignerID", app.SignerId);
                json.WriteNumber("ProductID", app.ProductId);
                json.WriteNumber("SecurityVersion", app.SecurityVersion);
            }
            else
            {
                json.WriteString("UniqueID", app.UniqueId);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartObject("Marbles");
        foreach (string name in apps.Keys)
        {
            json.WriteStartObject(name);
            json.WriteString("Package", name);
            json.WriteStartObject("Parameters");
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    });
}
