using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.Doctor;

/// <summary>The doctor as a process of a user without rights, whose system calls are recorded.</summary>
public sealed partial class DoctorChangesNothingTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("doctor --output json")]
    [InlineData("doctor 127.0.0.1:1 --simulation --output json")]
    public async Task Doctor_AsAUserWithoutRights_ExaminesAndChangesNoFile(string command)
    {
        (int exitCode, string output, string[] changes) = await TraceAsync(command);

        using var report = JsonDocument.Parse(output);
        Assert.Equal(exitCode, report.RootElement.GetProperty("exitCode").GetInt32());
        Assert.InRange(exitCode, 0, 2);
        Assert.NotEmpty(report.RootElement.GetProperty("findings").EnumerateArray());
        Assert.Empty(changes);
    }

    /// <summary>The record has the changes of a command that makes some.</summary>
    [Fact]
    public async Task Conversion_ThatWritesAFile_IsAChange()
    {
        await File.WriteAllTextAsync(_folder.File("manifest.yaml"), "Packages: {}", Cancellation);

        (int exitCode, _, string[] changes) = await TraceAsync("manifest convert manifest.yaml --out written.json");

        Assert.Equal(0, exitCode);
        Assert.Contains(changes, line => line.Contains("written.json", StringComparison.Ordinal));
    }

    private async Task<(int ExitCode, string Output, string[] Changes)> TraceAsync(string command)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root on Linux can become another user.");
        Assert.SkipUnless(File.Exists("/usr/bin/strace") && File.Exists("/usr/bin/setpriv"), "strace or setpriv is not installed.");
        string trace = _folder.File("trace");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_111_111);
        }

        var start = new ProcessStartInfo(
            "/usr/bin/setpriv",
            [
                "--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/strace", "-f", "-qq", "-e",
                "trace=open,openat,creat,unlink,unlinkat,mkdir,mkdirat,rename,renameat,renameat2,chmod,fchmodat,link,linkat,symlink,"
                    + "symlinkat,truncate",
                "-o", trace, "dotnet", Path.Combine(AppContext.BaseDirectory, "marblerun.dll"), .. command.Split(' '),
            ])
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["HOME"] = _folder.Path;
        start.Environment["EDG_MARBLE_TYPE"] = "web";
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment.Remove("MARBLERUN_SIMULATION_DIR");
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync(Cancellation);
        string output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        Assert.DoesNotContain("   at ", await error, StringComparison.Ordinal);
        string[] lines = await File.ReadAllLinesAsync(trace, Cancellation);
        return (process.ExitCode, output, [.. lines.Where(line => Change().IsMatch(line))]);
    }

    /// <summary>A call that succeeded and writes a file. A thread writes its own name below /proc, and devices keep nothing.</summary>
    [GeneratedRegex(
        @"^(?!.*""/proc/self/|.*""/dev/(null|tty|u?random)"")"
        + @".*(O_WRONLY|O_RDWR|O_CREAT|unlink|mkdir|rename|chmod|link|truncate|creat\().*\) = \d")]
    private static partial Regex Change();
}
