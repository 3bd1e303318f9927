using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using MarbleRun.Activation;
using MarbleRun.Activation.Targets;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Simulation;
using MarbleRun.TestSupport;
using MarbleRun.TestSupport.Snp;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace MarbleRun.Tee.Tests;

/// <summary>
/// One start of the virtual machine, in which the launcher makes a service a Marble. The Coordinator, which does not run in simulation, is
/// in this process; its trust anchors are the test's, its verification is the product's.
/// </summary>
public sealed class MeshInTheGuest : CoordinatorMachine, IAsyncLifetime
{
    private const string Type = "service";

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(4);

    private static readonly TdMeasurement s_td = new()
    {
        MrTd = new string('a', 96),
        Rtmr1 = new string('1', 96),
        Rtmr2 = new string('2', 96),
    };

    private static readonly string s_measurement = string.Concat(Enumerable.Repeat("90", 48));

    private readonly SnpForge _snp = new();

    internal CheckRun Run { get; private set; } = null!;

    /// <summary>A machine whose first process is the launcher.</summary>
    internal CheckRun Machine { get; private set; } = null!;

    /// <summary>The same, whose launcher trusts another Coordinator.</summary>
    internal CheckRun MachineOfAnother { get; private set; } = null!;

    /// <summary>The value of the manifest's secret, as a Marble on this machine got it.</summary>
    internal string Secret { get; private set; } = null!;

    private static string Manifest => $$$"""
        {
          "Packages": {
            "app": {
              "Tdx": { "MRTD": "{{{s_td.MrTd}}}", "RTMR1": "{{{s_td.Rtmr1}}}", "RTMR2": "{{{s_td.Rtmr2}}}" },
              "Snp": { "Measurement": "{{{s_measurement}}}" }
            }
          },
          "Marbles": {
            "{{{Type}}}": { "Package": "app", "Parameters": { "Env": { "SECRET": "{{ hex .Secrets.key }}" } } },
            "machine": {
              "Package": "app",
              "Parameters": { "Argv": ["/service", "of the manifest"], "Env": { "SECRET": "{{ hex .Secrets.key }}" } }
            }
          },
          "Secrets": { "key": { "Type": "symmetric-key", "Size": 256, "Shared": true } }
        }
        """;

    public async ValueTask InitializeAsync()
    {
        (string? launcher, string? missing) = await LauncherBuild.PublishAsync();
        if (launcher is null)
        {
            Run = Machine = MachineOfAnother = CheckRun.Skipped(missing!);
            return;
        }

        var platform = SimulationPlatform.Open(Folder.File("simulation"));
        await using SimulationPccs pccs = await SimulationPccs.StartAsync(tee => platform.CreateCollateral(tee));
        await using var signer = new EvidenceSigner(platform, s_td, _snp);

        // The same machine, as another root would vouch for it.
        var otherSnp = new SnpForge { Pki = { ArkKey = SnpTestPki.UnrelatedKey, AskKey = SnpTestPki.UnrelatedKey } };
        await using var other = new EvidenceSigner(SimulationPlatform.Open(Folder.File("other")), s_td, otherSnp);
        CoordinatorHost host = await StartCoordinatorAsync(platform, pccs);
        await SetManifestAsync(host);
        string root = await ActivateHereAsync(host, platform.CreateTdxIssuer(s_td));
        Run = await CheckRun.RunAsync(
            "mesh/run",
            [
                launcher,
                Text(host.Mesh.Port),
                Text(signer.Port),
                Text(other.Port),
                root,
            ],
            s_limit);
        Machine = await BootAsync("trusted", root);
        MachineOfAnother = await BootAsync("other", new string('0', root.Length));

        Task<CheckRun> BootAsync(string name, string trusted) => CheckRun.RunAsync(
            "mesh/machine",
            [launcher, Text(host.Mesh.Port), Text(signer.Port), trusted],
            s_limit,
            name);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private async Task<CoordinatorHost> StartCoordinatorAsync(SimulationPlatform platform, SimulationPccs pccs)
    {
        // AMD's revocation list comes from the bundle, its certificates from the host of the machine.
        Directory.CreateDirectory(Folder.File("bundle"));
        await File.WriteAllBytesAsync(Folder.File("bundle/ask.der"), _snp.Pki.AskDer());
        await File.WriteAllBytesAsync(Folder.File("bundle/crl.der"), _snp.Pki.RevocationList(now: DateTimeOffset.UtcNow));
        return await StartHostAsync(
            services =>
            {
                TestHardware.Add(services);
                services.AddSingleton(platform.TrustAnchor);
                services.AddSingleton(_snp.Pki.Anchor());
            },
            ("Simulation", "false"),
            ("Attestation:PccsUrl", pccs.Address.AbsoluteUri),
            ("Attestation:BundlePath", Folder.File("bundle")));
    }

    private static async Task SetManifestAsync(CoordinatorHost host)
    {
        using HttpClient client = host.CreateClient();
        using HttpResponseMessage response = await client.PostAsync(
            new Uri("/manifest", UriKind.Relative), new ByteArrayContent(Encoding.UTF8.GetBytes(Manifest)));
        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync());
    }

    /// <returns>The fingerprint of the Coordinator's root.</returns>
    private async Task<string> ActivateHereAsync(CoordinatorHost host, IQuoteIssuer issuer)
    {
        var target = new Variables();
        MarbleActivation activation = await MarbleActivator.ActivateAsync(
            new MarbleActivatorOptions(new MarbleOptions
            {
                CoordinatorAddress = host.Mesh.ToString(),
                CoordinatorTrust = CoordinatorTrust.None,
                MarbleType = Type,
                UuidFile = Folder.File("uuid"),
            })
            {
                QuoteIssuer = issuer,
                ParameterTarget = target,
                Logger = NullLogger.Instance,
            });
        Secret = target["SECRET"];
        return activation.Identity.CoordinatorRoot.GetCertHashString(HashAlgorithmName.SHA256);
    }

    private sealed class Variables : Dictionary<string, string>, IParameterTarget
    {
        public void WriteFile(string path, ReadOnlyMemory<byte> content) => throw new InvalidOperationException(path);

        public void SetVariable(string name, string value) => this[name] = value;
    }
}
