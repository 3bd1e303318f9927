using System.Diagnostics;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using MarbleRun.TestSupport;

namespace MarbleRun.Premain.Tests;

/// <summary>
/// The launcher as it ships, against a Coordinator on real sockets: what the service gets, and that it gets nothing else (descriptors,
/// signals, limits, variables, rights).
/// </summary>
public sealed class LauncherTests(PublishedLauncher launcher) : RunningCoordinatorTest
{
    private const string NoTrust = """{ "None": true }""";
    private const string AllowProgram = """{ "AllowProgram": true }""";

    [Fact]
    public async Task Launch_AdmittedService_StartsWithTheManifestsParametersAndNothingElse()
    {
        string program = await SetManifestAsync(NoTrust);

        (int exitCode, string[] lines) = await LaunchAsync(
            $"exec 5</dev/null 6>/dev/null; exec '{program}' -- '{launcher.Service}' first",
            ("LD_NOTHING", "x"),
            ("DB_HOST", "of the host"));

        Assert.True(exitCode == 7, string.Join('\n', lines));
        Assert.Equal([launcher.Service, "first", "--fast", SecretFile], Values(lines, "argument").Select(a => a.Split(' ', 2)[1]));
        Assert.Equal(["0", "1", "2"], Values(lines, "fd").Order());
        Assert.Contains($"{SecretFile} the secret", Values(lines, "file"));
        Dictionary<string, string> variables = Variables(lines);
        Assert.Equal(
            [
                "DB_PASSWORD",
                "EDG_MARBLE_COORDINATOR_ADDR",
                "EDG_MARBLE_TYPE",
                "EDG_MARBLE_UUID_FILE",
                "MARBLE_PREDEFINED_COORDINATOR_ROOT_CA",
                "MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN",
                "MARBLE_PREDEFINED_PRIVATE_KEY",
                "MARBLE_PREDEFINED_ROOT_CA",
                "PATH",
            ],
            variables.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("of the manifest", variables["DB_PASSWORD"]);
        Assert.StartsWith("-----BEGIN PRIVATE KEY-----|", variables["MARBLE_PREDEFINED_PRIVATE_KEY"], StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SecretFile));
    }

    [Theory]
    [InlineData("")]
    [InlineData("trap '' HUP; ")]
    [InlineData("ulimit -Sn 321; ")]
    public async Task Launch_SignalsAndLimitsOfItsParent_AreThoseOfTheService(string before)
    {
        string program = await SetManifestAsync(NoTrust);

        (_, string[] direct) = await LaunchAsync($"{before}exec '{launcher.Service}'");
        (int exitCode, string[] launched) = await LaunchAsync($"{before}exec '{program}' -- '{launcher.Service}'");

        Assert.True(exitCode == 7, string.Join('\n', launched));
        Assert.Equal(Values(direct, "nofile"), Values(launched, "nofile"));
        foreach (string field in (string[])["SigBlk", "SigIgn", "SigCgt", "Uid", "Gid", "Groups", "NoNewPrivs", "CapEff"])
        {
            Assert.Equal(Field(direct, field), Field(launched, field));
        }
    }

    [Fact]
    public async Task Launch_WithAUser_DropsEveryRightAndTheServiceReadsItsFiles()
    {
        Assert.SkipUnless(Environment.UserName == "root", "Only root changes its user.");
        string program = await SetManifestAsync(NoTrust);
        File.SetUnixFileMode(Folder.Path, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(Path.GetDirectoryName(launcher.Service)!, (UnixFileMode)0b111_101_101);

        (int exitCode, string[] lines) = await LaunchAsync(
            $"chown 65534:65533 .; exec '{program}' --user 65534:65533 -- '{launcher.Service}'");

        Assert.True(exitCode == 7, string.Join('\n', lines));
        Assert.Equal("65534\t65534\t65534\t65534", Field(lines, "Uid"));
        Assert.Equal("65533\t65533\t65533\t65533", Field(lines, "Gid"));
        Assert.Equal(string.Empty, Field(lines, "Groups"));
        Assert.Equal("0000000000000000", Field(lines, "CapEff"));
        Assert.Equal("1", Field(lines, "NoNewPrivs"));
        Assert.Contains($"{SecretFile} the secret", Values(lines, "file"));
    }

    [Theory]
    [InlineData("mv data data.old && ln -s ../theirs data")]
    [InlineData("rm -rf data/deep && ln -s ../../theirs data/deep")]
    [InlineData("rm uuid && ln -s ../theirs/uuid uuid")]
    public async Task Launch_AfterTheServiceChangedItsFolders_LeavesWhatIsRootsAlone(string change)
    {
        Assert.SkipUnless(Environment.UserName == "root", "Only root changes its user.");
        string program = await SetManifestAsync(NoTrust);
        File.SetUnixFileMode(Folder.Path, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(Path.GetDirectoryName(launcher.Service)!, (UnixFileMode)0b111_101_101);
        string start = $"exec '{program}' --user 65534:65533 -- '{launcher.Service}'";
        (int first, _) = await LaunchAsync($"chown 65534:65533 .; {start}");
        await LaunchAsync(
            "mkdir -m 0700 ../theirs; mkdir ../theirs/deep; echo theirs > ../theirs/secret.txt; cp ../theirs/secret.txt ../theirs/deep");
        await LaunchAsync(change);

        (int second, string[] lines) = await LaunchAsync(start);

        (_, string[] after) = await LaunchAsync(
            "cd ../theirs; stat -c 'theirs %u %n' . deep secret.txt deep/secret.txt; cat secret.txt; ls");
        Assert.Equal(7, first);
        Assert.True(second == 1, string.Join('\n', lines));
        Assert.Equal(["0 .", "0 deep", "0 deep/secret.txt", "0 secret.txt"], Values(after, "theirs").Order());
        Assert.Contains("theirs", after);
        Assert.DoesNotContain("uuid", after);
    }

    [Fact]
    public async Task Launch_SettingsInTheWorkingDirectory_AreNotRead()
    {
        string program = await SetManifestAsync(NoTrust);
        await File.WriteAllTextAsync(
            Folder.File("work/appsettings.json"),
            $$"""{ "Marble": { "UuidFile": "{{Folder.File("planted")}}", "MarbleType": "other" } }""",
            Cancellation);

        (int exitCode, string[] lines) = await LaunchAsync(
            $"unset EDG_MARBLE_UUID_FILE; exec '{program}' -- '{launcher.Service}'", ("Marble__UuidFile", Folder.File("planted")));

        Assert.True(exitCode == 7, string.Join('\n', lines));
        Assert.False(File.Exists(Folder.File("planted")));
        Assert.True(File.Exists(Folder.File("work/uuid")));
    }

    [Fact]
    public async Task Launch_ClosedDescriptors_AreNoFilesOfTheRuntime()
    {
        string program = await SetManifestAsync(NoTrust);

        (int exitCode, string[] lines) = await LaunchAsync($"exec '{program}' -- '{launcher.Service}' <&- 2>&-");

        Assert.True(exitCode == 7, string.Join('\n', lines));
        Assert.Equal(["0", "1", "2"], Values(lines, "fd").Order());
    }

    [Fact]
    public async Task Launch_SocketsOfSystemd_AreInheritedOnlyOnRequest()
    {
        string program = await SetManifestAsync(NoTrust);
        const string Before = "exec 3</dev/null 4</dev/null 5</dev/null; export LISTEN_FDS=2 LISTEN_PID=$$; ";

        (_, string[] without) = await LaunchAsync($"{Before}exec '{program}' -- '{launcher.Service}'");
        (_, string[] with) = await LaunchAsync($"{Before}exec '{program}' --keep-listen-fds -- '{launcher.Service}'");

        Assert.Equal(["0", "1", "2"], Values(without, "fd").Order());
        Assert.DoesNotContain("LISTEN_FDS", Variables(without).Keys);
        Assert.Equal(["0", "1", "2", "3", "4"], Values(with, "fd").Order());
        Assert.Equal("2", Variables(with)["LISTEN_FDS"]);
    }

    [Fact]
    public async Task Launch_ProgramOfTheManifest_RunsIt()
    {
        string program = await SetManifestAsync(NoTrust, argv: launcher.Service, settings: AllowProgram);

        (int exitCode, string[] lines) = await LaunchAsync($"exec '{program}'");

        Assert.True(exitCode == 7, string.Join('\n', lines));
        Assert.Equal($"0 {launcher.Service}", Values(lines, "argument").First());
    }

    [Theory]
    [InlineData("/no/such/program", 0)]
    [InlineData("", 1)]
    public async Task Launch_ProgramThatDoesNotExist_SaysSoBeforeItTakesAnActivation(string given, int activations)
    {
        string program = await SetManifestAsync(NoTrust, argv: "/nothing/here", settings: AllowProgram);

        (int exitCode, string[] lines) = await LaunchAsync($"exec '{program}' {(given.Length > 0 ? $"-- {given}" : given)}");

        Assert.Equal(1, exitCode);
        Assert.Contains(lines, l => l.Contains("invalid entrypoint definition in argv[0]", StringComparison.Ordinal));
        Assert.Equal(activations, Host.Logs.Entries.Count(l => l.Contains("activated new Marble", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(null, "No marble-trust.json is in")]
    [InlineData("""{ "Roots": ["0000000000000000000000000000000000000000000000000000000000000000"] }""", "this Marble pins 0000")]
    public async Task Launch_CoordinatorThatIsNotTrusted_WritesAndStartsNothing(string? trust, string reason)
    {
        string program = await SetManifestAsync(trust);

        (int exitCode, string[] lines) = await LaunchAsync($"exec '{program}' -- '{launcher.Service}'");

        Assert.Equal(1, exitCode);
        Assert.Contains(lines, l => l.Contains(reason, StringComparison.Ordinal));
        Assert.Empty(Values(lines, "argument"));
        Assert.False(File.Exists(SecretFile));
    }

    [Fact]
    public async Task Launch_CoordinatorThatIsPinned_StartsTheServiceWithoutAWarning()
    {
        JsonNode answer = (await Client.GetFromJsonAsync<JsonNode>("/api/v2/quote", Cancellation))!;
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(answer["data"]!["cert"]!.GetValue<string>());
        string program = await SetManifestAsync(
            new JsonObject { ["Roots"] = new JsonArray(CoordinatorTrust.FingerprintOf(chain[^1])) }.ToJsonString());

        (int exitCode, string[] lines) = await LaunchAsync($"exec '{program}' -- '{launcher.Service}'");

        Assert.True(exitCode == 7, string.Join('\n', lines));
        Assert.DoesNotContain(lines, l => l.StartsWith("marblerun:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Launch_NoTeeAndNoSimulation_SaysThatThereIsNone()
    {
        string program = await SetManifestAsync(NoTrust);

        (int exitCode, string[] lines) = await LaunchAsync(
            $"exec '{program}' -- '{launcher.Service}'", ("OE_SIMULATION", "0"));

        Assert.Equal(1, exitCode);
        Assert.Contains(lines, l => l.Contains("does not run in a supported trusted execution environment", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, l => l.Contains("native library", StringComparison.Ordinal));
    }

    [Fact]
    public void Launcher_InNativeCode_IsOneFileOfAtMostThirteenMegabytes() =>
        Assert.InRange(new FileInfo(launcher.CopyTo(Folder.File("bin"), trust: null)).Length, 1_000_000, 13_000_000);

    private string SecretFile => Folder.File("work/data/deep/secret.txt");

    private async Task<string> SetManifestAsync(string? trust, string argv = "orders", string? settings = null)
    {
        string program = launcher.CopyTo(Folder.File("bin"), trust, settings);
        Directory.CreateDirectory(Folder.File("work"));
        var manifest = new JsonObject
        {
            ["Packages"] = new JsonObject
            {
                ["launcher"] = new JsonObject { ["UniqueID"] = Host.Platform.MeasureApplication(program).UniqueId },
            },
            ["Marbles"] = new JsonObject
            {
                ["orders"] = new JsonObject
                {
                    ["Package"] = "launcher",
                    ["Parameters"] = new JsonObject
                    {
                        ["Argv"] = new JsonArray(argv, "--fast", SecretFile),
                        ["Env"] = new JsonObject { ["DB_PASSWORD"] = "of the manifest" },
                        ["Files"] = new JsonObject { [SecretFile] = "the secret" },
                    },
                },
            },
        };
        using HttpResponseMessage answer = await Client.PostAsync(
            "/manifest", new StringContent(manifest.ToJsonString(), mediaType: null), Cancellation);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
        return program;
    }

    private async Task<(int ExitCode, string[] Lines)> LaunchAsync(string script, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", script])
        {
            WorkingDirectory = Folder.File("work"),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/bin:/bin";
        start.Environment["OE_SIMULATION"] = "1";
        start.Environment["MARBLERUN_SIMULATION_DIR"] = Folder.File("simulation");
        start.Environment["EDG_MARBLE_TYPE"] = "orders";
        start.Environment["EDG_MARBLE_COORDINATOR_ADDR"] = Host.Mesh.ToString();
        start.Environment["EDG_MARBLE_UUID_FILE"] = Folder.File("work/uuid");
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync(Cancellation);
        string output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        return (process.ExitCode, (output + await errors).Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static IEnumerable<string> Values(string[] lines, string kind) =>
        lines.Where(l => l.StartsWith(kind + ' ', StringComparison.Ordinal)).Select(l => l[(kind.Length + 1)..]);

    private static string Field(string[] lines, string name) =>
        Values(lines, "status").Single(s => s.StartsWith(name + ':', StringComparison.Ordinal))[(name.Length + 1)..].Trim();

    private static Dictionary<string, string> Variables(string[] lines) =>
        Values(lines, "variable").Select(v => v.Split('=', 2)).ToDictionary(v => v[0], v => v[1]);
}
