using System.Diagnostics;
using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Packages.Tests.Guides;
using MarbleRun.Packages.Tests.Workbench;

namespace MarbleRun.Packages.Tests.Templates;

/// <summary>
/// Edit, run, answered: a Marble is changed, and the mesh stays. The times depend on the machine, so they are told and not tested.
/// </summary>
public sealed class InnerLoopTests(PackageFeed feed)
{
    private const string Readme = "nuget/MarbleRun.Templates/templates/mesh/README.md";
    private const string Program = "Shop.Backend/Program.cs";
    private const string Answer = "^The gateway answers: Hello world, signed by the backend: (second )?([0-9a-f]{64})$";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Backend_ChangedBetweenTwoStarts_AnswersInTheSameMesh()
    {
        Terminal mesh = await MakeAsync("inner loop");
        await using Job first = mesh.Start("dotnet run start.cs -- --once");
        string key = (await first.WaitForAsync(Answer, Cancellation)).Groups[2].Value;
        Assert.Equal(0, await first.EndAsync(TimeSpan.FromMinutes(1), Cancellation));

        var watch = Stopwatch.StartNew();
        await ChangeBackendAsync(mesh);
        await using Job second = mesh.Start("dotnet run start.cs -- --once");
        string sameKey =
            (await second.WaitForAsync(Answer.Replace("(second )?", "(second )", StringComparison.Ordinal), Cancellation)).Groups[2].Value;
        Tell("From the edit over a start of everything to the new answer", watch);
        Assert.Equal(0, await second.EndAsync(TimeSpan.FromMinutes(1), Cancellation));

        // The signature is made with a secret of the mesh.
        Assert.Equal(key, sameKey);
        Assert.Contains("Continuing with the sealed state", second.Output, StringComparison.Ordinal);
        Assert.Contains("is in force already", second.Output, StringComparison.Ordinal);

        // A manifest that names exactly what was built takes its place, in the same mesh.
        string measured = await mesh.RunAsync("dotnet run start.cs -- --once --measured", Cancellation);
        Assert.Contains("root and uploaded secrets stay", measured, StringComparison.Ordinal);
        Assert.Contains($"signed by the backend: second {key}", measured, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backend_ChangedWhileTheMeshIsWatched_GivesTheNewAnswer()
    {
        Terminal mesh = await MakeAsync("watched loop");
        await using Job start = mesh.Start(Guide.Commands(Readme, "watch"));
        string gateway = (await start.WaitForAsync(@"curl --cacert "".+"" (https://\S+)/hello/you", Cancellation)).Groups[1].Value;
        using var root = X509Certificate2.CreateFromPem(
            await File.ReadAllTextAsync(mesh.PathOf("Shop.Coordinator/marblerun-development/root.pem"), Cancellation));
        Assert.DoesNotContain("second", await AskAsync(gateway, root), StringComparison.Ordinal);
        await start.WaitForAsync("^dotnet watch .* Waiting for changes", Cancellation, times: 2);

        var watch = Stopwatch.StartNew();
        await ChangeBackendAsync(mesh);
        await start.WaitForAsync(@"^dotnet watch .* changes applied in ", Cancellation);

        Assert.Contains("signed by the backend: second ", await AskAsync(gateway, root), StringComparison.Ordinal);
        Tell("From the edit to the new answer of the mesh that is watched", watch);
        Assert.Equal(0, await start.InterruptAsync(Cancellation));
    }

    private static async Task ChangeBackendAsync(Terminal mesh)
    {
        string program = await File.ReadAllTextAsync(mesh.PathOf(Program), Cancellation);
        string changed = program.Replace("=> signer.Sign(name)", "=> \"second \" + signer.Sign(name)", StringComparison.Ordinal);
        Assert.NotEqual(program, changed);
        await File.WriteAllTextAsync(mesh.PathOf(Program), changed, Cancellation);
    }

    /// <summary>As curl does with the root that the mesh told.</summary>
    private static async Task<string> AskAsync(string gateway, X509Certificate2 root)
    {
        using var handler = new SocketsHttpHandler
        {
            SslOptions =
            {
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { root },
                    RevocationMode = X509RevocationMode.NoCheck,
                },
                RemoteCertificateValidationCallback = (_, _, _, errors) => errors == SslPolicyErrors.None,
            },
        };
        using var client = new HttpClient(handler);
        using HttpResponseMessage response = await client.GetAsync(new Uri($"{gateway}/hello/you"), Cancellation);
        return await response.Content.ReadAsStringAsync(Cancellation);
    }

    private static void Tell(string what, Stopwatch watch)
    {
        string elapsed = watch.Elapsed.TotalSeconds.ToString("F1", CultureInfo.InvariantCulture);
        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: {elapsed} s.");
        TestContext.Current.SendDiagnosticMessage("{0}: {1} s.", what, elapsed);
    }

    private async Task<Terminal> MakeAsync(string name)
    {
        Terminal folder = feed.NewFolder(name);
        await folder.RunAsync("dotnet new marblerun-mesh --output Shop", Cancellation);
        return folder.In("Shop");
    }
}
