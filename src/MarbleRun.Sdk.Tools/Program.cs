using MarbleRun.Attestation;

namespace MarbleRun.Sdk.Tools;

/// <summary>Three commands, called by MarbleRun.Sdk.targets and by nobody else. What goes wrong is written as MSBuild reads errors.</summary>
internal static class Program
{
    private static int Main()
    {
        try
        {
            var arguments = Arguments.Read();
            return arguments.Command switch
            {
                "package" => PackageCommand.Run(arguments),
                "manifest" => ManifestCommand.Run(arguments),
                "trust" => TrustCommand.Run(arguments),
                _ => throw new BuildException($"'{arguments.Command}' is no command; there are package, manifest and trust."),
            };
        }
        catch (Exception exception) when (exception is BuildException or AttestationException or IOException or UnauthorizedAccessException)
        {
            BuildLog.Error(exception is BuildException { File: { } file } ? file : null, line: null, column: null, exception.Message);
            return 1;
        }
    }
}
