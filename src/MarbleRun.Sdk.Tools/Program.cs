using MarbleRun.Attestation;

namespace MarbleRun.Sdk.Tools;

/// <summary>Two commands, called by MarbleRun.Sdk.targets and by nobody else. What goes wrong is written as MSBuild reads errors.</summary>
internal static class Program
{
    private const string Usage = "package --app FILE --output FILE [--product-id N] [--security-version N] | manifest --template FILE --output FILE [--package NAME=FILE …]";

    private static int Main(string[] args)
    {
        try
        {
            return args switch
            {
                ["package", .. string[] rest] => PackageCommand.Run(Arguments.Parse(rest)),
                ["manifest", .. string[] rest] => ManifestCommand.Run(Arguments.Parse(rest)),
                _ => throw new BuildException(Usage),
            };
        }
        catch (Exception exception) when (exception is BuildException or AttestationException or IOException or UnauthorizedAccessException)
        {
            BuildLog.Error(exception is BuildException { File: { } file } ? file : null, line: null, column: null, exception.Message);
            return 1;
        }
    }
}
