using MarbleRun.Attestation;

namespace MarbleRun.Sdk.Tools;

/// <summary>Five commands, which only MarbleRun.Sdk.targets calls. Errors are written in MSBuild's format.</summary>
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
                "gramine" => GramineCommand.Run(arguments),
                "gramine-package" => GraminePackageCommand.Run(arguments),
                _ => throw new BuildException(
                    $"'{arguments.Command}' is not a command; use package, manifest, trust, gramine or gramine-package."),
            };
        }
        catch (Exception exception) when (exception is BuildException or AttestationException or IOException or UnauthorizedAccessException)
        {
            BuildLog.Error(exception is BuildException { File: { } file } ? file : null, line: null, column: null, exception.Message);
            return 1;
        }
    }
}
