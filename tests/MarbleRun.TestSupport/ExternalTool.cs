using System.ComponentModel;
using System.Diagnostics;

namespace MarbleRun.TestSupport;

/// <summary>Runs a program that is not ours, to have its opinion.</summary>
public static class ExternalTool
{
    /// <summary>Runs it to its end.</summary>
    /// <returns>Exit code and everything that it printed, or null if the program is not installed.</returns>
    public static async Task<(int ExitCode, string Output)?> TryRunAsync(
        string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            process.StandardInput.Close();
            Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
            string output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode, output + await errors);
        }
        catch (Win32Exception exception) when (exception.NativeErrorCode == 2)
        {
            return null;
        }
    }
}
