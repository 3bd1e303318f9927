using System.Text.Json.Nodes;
using MarbleRun.Packages.Tests.Guides;
using MarbleRun.Packages.Tests.Workbench;

namespace MarbleRun.Packages.Tests.Publishing;

/// <summary>
/// <c>dotnet publish -t:GramineManifest</c>. Gramine itself is not installed here: programs of the test stand where its tools would, and
/// Python reads the manifest.
/// </summary>
public sealed class GramineTests(PackageFeed feed)
{
    private const string Page = "docs/tee/sgx-gramine.md";
    private const string Trust = """{ "None": true }""";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task GramineManifest_WithoutGramine_IsWrittenAndSaysHowToSignIt()
    {
        Terminal folder = await CreateAsync("gramine");

        string own = await folder.In("Orders").RunAsync(Guide.Commands(Page, "publish"), Cancellation);
        Assert.Contains("gramine-sgx-sign is not installed", own, StringComparison.Ordinal);
        Assert.Equal(
            "/app/Orders", (string?)(await ReadAsync(folder, "Orders/published/Orders.manifest.template"))["libos"]!["entrypoint"]);
        Directory.Delete(folder.PathOf("Orders/published"), recursive: true);

        string output = await folder.RunAsync(
            "dotnet publish Orders -t:GramineManifest --output published --disable-build-servers -p:MarbleProductId=7 "
            + "-p:MarbleSecurityVersion=3 -p:GramineDotnetRoot=/opt/dotnet/",
            Cancellation);

        Assert.Contains("gramine-sgx-sign is not installed", output, StringComparison.Ordinal);
        JsonNode manifest = await ReadAsync(folder, "published/Orders.manifest.template");
        Assert.Equal("/opt/dotnet/dotnet", (string?)manifest["libos"]!["entrypoint"]);
        Assert.Equal(["/opt/dotnet/dotnet", "/app/Orders.dll"], Texts(manifest["loader"]!["argv"]));
        JsonObject environment = manifest["loader"]!["env"]!.AsObject();
        Assert.Equal(
            ["EDG_MARBLE_COORDINATOR_ADDR", "EDG_MARBLE_DNS_NAMES", "EDG_MARBLE_TYPE"],
            environment.Where(v => v.Value is JsonObject).Select(v => v.Key));
        Assert.Equal("0x20000000", (string?)environment["DOTNET_GCHeapHardLimit"]);
        Assert.Equal("0", (string?)environment["DOTNET_EnableWriteXorExecute"]);
        JsonNode sgx = manifest["sgx"]!;
        Assert.Equal(("dcap", false, 7, 3, "2048M"), (
            (string?)sgx["remote_attestation"],
            (bool)sgx["debug"]!,
            (int)sgx["isvprodid"]!,
            (int)sgx["isvsvn"]!,
            (string?)sgx["enclave_size"]));
        Assert.Equal(["file:state/"], Texts(sgx["allowed_files"]));
        Assert.Equal("/app", (string?)manifest["fs"]!["start_dir"]);
        Assert.Equal("/state/uuid", (string?)environment["EDG_MARBLE_UUID_FILE"]);
        string[] trusted = Texts(sgx["trusted_files"]);
        Assert.All(
            Directory.EnumerateFiles(folder.PathOf("published"))
                .Select(f => Path.GetFileName(f)!)
                .Where(f => !f.EndsWith(".template", StringComparison.Ordinal) && f != "marblerun-package.json"),
            file => Assert.Contains($"file:{file}", trusted));
        Assert.Contains("file:runtimes/linux-x64/native/libmarblerun_native.so", trusted);
        Assert.DoesNotContain(trusted, f => f.Contains(".manifest", StringComparison.Ordinal));
    }

    [Fact]
    public async Task GramineManifest_WithGramine_SignsItAndPrintsThePackages()
    {
        Terminal folder = await CreateAsync("gramine-signed");
        await WriteToolsAsync(folder);
        string output = await folder.RunAsync(
            $"PATH={folder.PathOf("tools")}:$PATH dotnet publish Orders -t:GramineManifest --output published --disable-build-servers "
            + "-p:GramineSigningKey='my key.pem'",
            Cancellation);

        Assert.Contains(new string('a', 64), output, StringComparison.Ordinal);
        JsonNode package = JsonNode.Parse(
            await File.ReadAllTextAsync(folder.PathOf("published/marblerun-package.gramine.json"), Cancellation))!;
        Assert.Equal(new string('a', 64), (string?)package["ByMeasurement"]!["UniqueID"]);
        Assert.Equal((new string('b', 64), 1, 2), (
            (string?)package["BySigner"]!["SignerID"],
            (int)package["BySigner"]!["ProductID"]!,
            (int)package["BySigner"]!["SecurityVersion"]!));
        Assert.Equal(
            "--key my key.pem --manifest Orders.manifest --output Orders.manifest.sgx",
            (await File.ReadAllTextAsync(folder.PathOf("published/signed"), Cancellation)).Trim());
    }

    [Fact]
    public async Task GramineManifest_SignedByHand_TakesTheCommandsOfTheGuide()
    {
        Terminal folder = feed.NewFolder("gramine-by-hand");
        await WriteToolsAsync(folder);
        await File.WriteAllTextAsync(folder.PathOf("Orders.manifest.template"), "sgx.debug = false\n", Cancellation);

        string output = await folder.RunAsync(
            $"PATH={folder.PathOf("tools")}:$PATH\n{Guide.Commands(Page, "sign")}", Cancellation);

        Assert.Contains(new string('A', 64), output, StringComparison.Ordinal);
        Assert.True(File.Exists(folder.PathOf("Orders.manifest.sgx")));
    }

    [Theory]
    [InlineData("-p:GramineEnclaveSize=1000", "Set a power of two that is larger than the heap")]
    [InlineData("-p:GramineHeapLimit=4096", "Set a power of two that is larger than the heap")]
    [InlineData("-p:GramineThreads=many", "GramineThreads is \"many\"")]
    public async Task GramineManifest_WithAnInvalidSize_IsAnErrorThatNamesTheProperty(string option, string expected)
    {
        Terminal folder = await CreateAsync("gramine-" + Guid.NewGuid().ToString("n"));

        (int exitCode, string output) = await folder.TryRunAsync(
            $"dotnet publish Orders -t:GramineManifest --output published --disable-build-servers {option}", Cancellation);

        Assert.NotEqual(0, exitCode);
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GramineManifest_OfASingleFileWithADotInItsName_StartsThatFile()
    {
        Terminal folder = feed.NewFolder("gramine-single-file");
        await folder.RunAsync("dotnet new marble --output Shop.Orders", Cancellation);
        await File.WriteAllTextAsync(folder.PathOf("Shop.Orders/marble-trust.json"), Trust, Cancellation);
        const string Publish =
            "dotnet publish Shop.Orders -t:GramineManifest --output published --disable-build-servers --runtime linux-x64 "
            + "-p:PublishSingleFile=true ";

        await folder.RunAsync(Publish + "--self-contained", Cancellation);
        (int exitCode, string output) = await folder.TryRunAsync(Publish + "--no-self-contained", Cancellation);

        JsonNode manifest = await ReadAsync(folder, "published/Shop.Orders.manifest.template");
        Assert.Equal("/app/Shop.Orders", (string?)manifest["libos"]!["entrypoint"]);
        Assert.Equal(["/app/Shop.Orders"], Texts(manifest["loader"]!["argv"]));
        Assert.NotEqual(0, exitCode);
        Assert.Contains("Publish it with --self-contained", output, StringComparison.Ordinal);
    }

    private static string[] Texts(JsonNode? list) => [.. list!.AsArray().Select(t => (string)t!)];

    private static async Task<JsonNode> ReadAsync(Terminal folder, string file)
    {
        string json = await folder.RunAsync(
            $"python3 -c 'import json, sys, tomllib; print(json.dumps(tomllib.load(open(sys.argv[1], \"rb\"))))' {file}", Cancellation);
        return JsonNode.Parse(json)!;
    }

    private static async Task WriteToolsAsync(Terminal folder)
    {
        await WriteToolAsync(folder, "gramine-manifest", """cp "$2" "$3"; echo "$1" > arch""");
        await WriteToolAsync(folder, "gramine-sgx-sign", """echo "$@" > signed; : > Orders.manifest.sgx; : > Orders.sig""");
        await WriteToolAsync(
            folder,
            "gramine-sgx-sigstruct-view",
            $$"""echo '{ "mr_enclave": "{{new string('A', 64)}}", "mr_signer": "{{new string('b', 64)}}", "isv_prod_id": 1, "isv_svn": 2 }'""");
    }

    private static async Task WriteToolAsync(Terminal folder, string name, string commands)
    {
        Directory.CreateDirectory(folder.PathOf("tools"));
        string file = folder.PathOf($"tools/{name}");
        await File.WriteAllTextAsync(file, $"#!/bin/sh\n{commands}\n", Cancellation);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private async Task<Terminal> CreateAsync(string name)
    {
        Terminal folder = feed.NewFolder(name);
        await folder.RunAsync("dotnet new marble --output Orders", Cancellation);
        await File.WriteAllTextAsync(folder.PathOf("Orders/marble-trust.json"), Trust, Cancellation);
        return folder;
    }
}
