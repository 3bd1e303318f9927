using System.Net.Security;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MarbleRun.Packages.Tests.Templates;
using MarbleRun.Packages.Tests.Workbench;

namespace MarbleRun.Packages.Tests.Publishing;

/// <summary>
/// Published for production, trimmed or as native code, a service from the template activates by what its <c>marblerun-package.json</c>
/// says of it.
/// </summary>
public sealed class PublishTests(PackageFeed feed)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Web_PublishedTrimmed_ActivatesAndAnswers()
    {
        Terminal folder = feed.NewFolder("trimmed");
        await folder.RunAsync("dotnet new marble --output Trim-Service.2", Cancellation);

        await PublishAsync(folder, "Trim-Service.2", "--self-contained -p:PublishTrimmed=true");

        await AssertAnswersAsync(folder, "Trim-Service.2", "trim-service-2");
        await AssertLooksForATeeAsync(folder, "./Trim-Service.2");
    }

    [Fact]
    public async Task Web_PublishedAsNativeCode_ActivatesAndAnswers()
    {
        Assert.SkipUnless(Has("clang") || Has("gcc"), "Native code needs a C compiler: on Debian the packages clang and zlib1g-dev.");
        Terminal folder = feed.NewFolder("native-code");
        await folder.RunAsync("dotnet new marble --aot --output 1st.Native-Service", Cancellation);

        await PublishAsync(folder, "1st.Native-Service", string.Empty);

        Assert.False(File.Exists(folder.PathOf("published/1st.Native-Service.dll")));
        Assert.False(File.Exists(folder.PathOf("published/libmarblerun_native.so")));
        await AssertAnswersAsync(folder, "1st.Native-Service", "1st-native-service");
        await AssertLooksForATeeAsync(folder, "./1st.Native-Service");
    }

    [Theory]
    [InlineData("portable", "", "dotnet Kind.dll")]
    [InlineData("framework-dependent", "--runtime linux-x64 --no-self-contained", "./Kind")]
    [InlineData("self-contained", "--runtime linux-x64 --self-contained", "./Kind")]
    [InlineData("single-file", "--runtime linux-x64 --self-contained -p:PublishSingleFile=true", "./Kind")]
    public async Task Web_PublishedInAnyForm_FindsTheNativeShim(string form, string options, string command)
    {
        Terminal folder = feed.NewFolder(form);
        await folder.RunAsync("dotnet new marble --output Kind", Cancellation);
        await File.WriteAllTextAsync(folder.PathOf("Kind/marble-trust.json"), """{ "None": true }""", Cancellation);

        await folder.RunAsync($"dotnet publish Kind --output published --disable-build-servers {options}", Cancellation);

        await AssertLooksForATeeAsync(folder, command);
    }

    /// <summary>Outside simulation it asks the shim, which finds no trusted execution environment on this machine.</summary>
    private static async Task AssertLooksForATeeAsync(Terminal folder, string command)
    {
        (int exitCode, string output) = await folder.In("published").TryRunAsync(
            $"{command} --urls https://127.0.0.1:0", Cancellation);

        Assert.Equal(1, exitCode);
        Assert.Contains("does not run in a supported trusted execution environment", output, StringComparison.Ordinal);
        Assert.Contains("in a TDX or SEV-SNP machine with Linux 6.7 or later", output, StringComparison.Ordinal);
    }

    /// <summary>What was measured: the program itself, or of native code the executable.</summary>
    private static string Published(Terminal folder, string name) =>
        folder.PathOf(File.Exists(folder.PathOf($"published/{name}.dll")) ? $"published/{name}.dll" : $"published/{name}");

    private static bool Has(string program) =>
        Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    private static async Task PublishAsync(Terminal folder, string name, string options)
    {
        // What is released says itself which Coordinator it obeys; here it is the same as while developing, and a manifest that no build
        // signed.
        await folder.RunAsync($"dotnet msbuild {name} -target:EmbedMarbleTrust", Cancellation);
        JsonObject trust = JsonNode.Parse(
            await File.ReadAllTextAsync(folder.PathOf($"{name}/obj/Debug/net10.0/marble-trust.json"), Cancellation))!.AsObject();
        trust.Remove("OwnerKeys");
        await File.WriteAllTextAsync(folder.PathOf($"{name}/marble-trust.json"), trust.ToJsonString(), Cancellation);
        string output = await folder.RunAsync(
            $"dotnet publish {name} --runtime linux-x64 --output published --disable-build-servers {options}", Cancellation);

        Assert.DoesNotContain("warning", output, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>
    /// Under a Coordinator that admits exactly this build, and under one that admits every build of its signer; the first issues
    /// certificates for a minute, so that the service is seen renewing.
    /// </summary>
    private async Task AssertAnswersAsync(Terminal folder, string name, string type)
    {
        await folder.RunAsync("dotnet new marblerun-coordinator --output Coordinator", Cancellation);
        await folder.BuildAsync("Coordinator", Cancellation);
        JsonNode package = JsonNode.Parse(await File.ReadAllTextAsync(folder.PathOf("published/marblerun-package.json"), Cancellation))!;
        foreach (string way in (string[])["ByMeasurement", "BySigner"])
        {
            var manifest = new JsonObject
            {
                ["Packages"] = new JsonObject { [type] = package[way]!.DeepClone() },
                ["Marbles"] = new JsonObject { [type] = new JsonObject { ["Package"] = type } },
            };
            await File.WriteAllTextAsync(
                folder.PathOf("Coordinator/bin/Debug/net10.0/manifest.json"), manifest.ToJsonString(), Cancellation);
            bool renews = way == "ByMeasurement";
            Terminal project = folder.In("Coordinator");
            await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync(
                project,
                (renews ? "Coordinator__Authority__RenewableCertificateLifetime=00:01:00 " : string.Empty) + "dotnet run --no-build --",
                RunningCoordinator.BuiltProgram(project),
                feed.Simulation,
                Cancellation);
            await using Job service = folder.In("published").Start(
                $"./{name} --urls https://127.0.0.1:0 --Marble:Simulation=true --Marble:CoordinatorAddress={coordinator.Mesh}");
            Match listening = await service.WaitForAsync(@"Now listening on: (\S+)", Cancellation);
            var address = new Uri(listening.Groups[1].Value);
            string first = await CallAsync(coordinator, address, type, Published(folder, name));
            if (renews)
            {
                Match renewed = await service.WaitForAsync("This Marble has a new certificate, ([0-9a-f]{64}), until", Cancellation);
                string second = await CallAsync(coordinator, address, type, Published(folder, name));
                Assert.NotEqual(first, second);

                // It may have been renewed once more meanwhile.
                Assert.Contains($"This Marble has a new certificate, {second}", service.Output, StringComparison.Ordinal);
                Assert.NotEqual(first, renewed.Groups[1].Value);
            }

            Assert.Equal(0, await service.InterruptAsync(Cancellation));
        }
    }

    /// <summary>Calls it as a Marble of the same type.</summary>
    /// <returns>SHA-256 of the certificate that it showed, lower-case hex.</returns>
    private static async Task<string> CallAsync(RunningCoordinator coordinator, Uri address, string type, string program)
    {
        string shown = string.Empty;
        SocketsHttpHandler handler = await coordinator.ActivateAsync(type, program, Cancellation);
        RemoteCertificateValidationCallback check = handler.SslOptions.RemoteCertificateValidationCallback!;
        handler.SslOptions.RemoteCertificateValidationCallback = (sender, certificate, chain, errors) =>
        {
            shown = certificate!.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant();
            return check(sender, certificate, chain, errors);
        };
        using var client = new HttpClient(handler);
        Assert.Equal($"Hello {type}, this is {type}.", await client.GetStringAsync(address, Cancellation));
        return shown;
    }
}
