using System.Text.RegularExpressions;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Tee;

/// <summary>The native shim as it ships, and its tests in C.</summary>
public sealed partial class NativeLibraryTests
{
    private static readonly string[] s_interface =
    [
        "mr_abi_version", "mr_blob_free", "mr_close", "mr_extend", "mr_get_evidence", "mr_get_info", "mr_get_sealing_key", "mr_last_error",
        "mr_open", "mr_status_name",
    ];

    private static string Library => Path.Combine(AppContext.BaseDirectory, "libmarblerun_native.so");

    /// <remarks>With AddressSanitizer and UndefinedBehaviorSanitizer; it ends with "N tests, N checks, N failed".</remarks>
    [Fact]
    public async Task TableOfSystemCalls_UnderTheSanitizers_Passes()
    {
        string program = Path.Combine(AppContext.BaseDirectory, "native_tests");
        SkipUnlessBuilt(program);

        (int exitCode, string output) = await RunAsync(program);

        Assert.True(exitCode == 0, output);
        Match summary = Summary().Match(output);
        Assert.True(int.Parse(summary.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture) >= 33, output);
    }

    [Fact]
    public async Task Exports_OfTheLibrary_AreTheInterfaceAlone()
    {
        SkipUnlessBuilt(Library);

        (_, string output) = await RunAsync("nm", "-D", "--defined-only", Library);

        Assert.Equal(
            s_interface.Select(n => n + "@@MARBLERUN_NATIVE_1"),
            output.Split('\n').Select(l => l.Split(' ')).Where(l => l.Length == 3 && l[1] == "T").Select(l => l[2]).Order());
    }

    /// <remarks>Debian 10 and RHEL 8 have glibc 2.28. It asks for no test hook and reads no environment.</remarks>
    [Fact]
    public async Task Imports_OfTheLibrary_AreOfGlibc228AndHaveNoEnvironment()
    {
        SkipUnlessBuilt(Library);

        (_, string output) = await RunAsync("objdump", "-T", Library);

        Version[] versions = [.. GlibcVersion().Matches(output).Select(m => Version.Parse(m.Groups[1].ValueSpan))];
        Assert.NotEmpty(versions);
        Assert.True(versions.Max() <= new Version(2, 28), $"The library needs glibc {versions.Max()}.");
        Assert.DoesNotContain("getenv", output, StringComparison.Ordinal);
        Assert.DoesNotContain("mr_system", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Segments_OfTheLibrary_AreHardened()
    {
        SkipUnlessBuilt(Library);

        (_, string output) = await RunAsync("readelf", "-lWd", Library);

        Assert.Contains("GNU_RELRO", output, StringComparison.Ordinal);
        Assert.Matches(@"FLAGS.*BIND_NOW|FLAGS_1.*NOW", output);
        Assert.Matches(@"GNU_STACK\s.*\sRW\s", output);
        Assert.DoesNotContain("TEXTREL", output, StringComparison.Ordinal);
    }

    private static void SkipUnlessBuilt(string file) =>
        Assert.SkipUnless(File.Exists(file), FakeTee.NotBuilt);

    private static async Task<(int ExitCode, string Output)> RunAsync(string program, params string[] arguments)
    {
        (int ExitCode, string Output)? result = await ExternalTool.TryRunAsync(program, arguments, TestContext.Current.CancellationToken);
        Assert.SkipWhen(result is null, $"The program {program} is not installed; .ci/tools installs it.");
        return result!.Value;
    }

    [GeneratedRegex(@"([0-9]+) tests, [0-9]+ checks, 0 failed")]
    private static partial Regex Summary();

    [GeneratedRegex(@"GLIBC_([0-9.]+)")]
    private static partial Regex GlibcVersion();
}
