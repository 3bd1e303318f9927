using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Activation;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Cli.Tests.Users;
using MarbleRun.Management;
using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.Transcripts;

/// <summary>
/// The machine of a transcript: a working folder, a home, a development root, and at most one Coordinator in this process.
/// </summary>
internal sealed class TranscriptMachine : IAsyncDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    /// <summary>Names that are replaced in commands, and not in outputs, which may have such words for another reason.</summary>
    private readonly Dictionary<string, string> _inputs = new(StringComparer.Ordinal);
    private readonly List<MarbleActivation> _marbles = [];
    private CoordinatorHost? _host;
    private SimulationPccs? _pccs;
    private int _generation;
    private string[] _settings = [];

    public TranscriptMachine()
    {
        Work = Directory.CreateDirectory(_folder.File("work")).FullName;
        Home = Directory.CreateDirectory(_folder.File("home")).FullName;
        SimulationDirectory = _folder.File("simulation");
        SimulationPlatform platform = SimulationPlatform.Open(SimulationDirectory);
        AppMeasurement measurement = platform.MeasureRunningProcess();
        _names["WORK"] = Work;
        _names["HOME"] = Home;
        _names["UNIQUE_ID"] = measurement.UniqueId;
        _names["SIGNER_ID"] = measurement.SignerId;
        _names["APP"] = typeof(TranscriptMachine).Assembly.Location;
        _names["PROJECT"] = Path.Combine(RepositoryFiles.Root, "tests", "MarbleRun.Cli.Tests");
        _inputs["CONFIGURATION"] =
            AppContext.BaseDirectory.Contains("release", StringComparison.OrdinalIgnoreCase) ? "Release" : "Debug";
    }

    public string Work { get; }

    public string Home { get; }

    public string SimulationDirectory { get; }

    /// <summary>Names for values, the longest value first: a path may contain another one.</summary>
    public IEnumerable<(string Name, string Value)> Names =>
        _names.Select(n => (n.Key, n.Value)).OrderByDescending(n => n.Value.Length);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string Address(System.Net.IPEndPoint endpoint) =>
        string.Create(CultureInfo.InvariantCulture, $"localhost:{endpoint.Port}");

    /// <summary>
    /// Replaces names like <c>$COORDINATOR</c>, <c>$PEM(file)</c> by the content of a file as a JSON text, and <c>$TEXT(file)</c> by the
    /// content.
    /// </summary>
    public string Expand(string text)
    {
        foreach ((string name, string value) in _names.Concat(_inputs).Select(n => (n.Key, n.Value)).OrderByDescending(n => n.Key.Length))
        {
            text = text.Replace("$" + name, value, StringComparison.Ordinal);
        }

        text = ExpandFiles(text, "$PEM(", content => content.Replace("\n", "\\n", StringComparison.Ordinal));
        return ExpandFiles(text, "$TEXT(", content => content);
    }

    private string ExpandFiles(string text, string function, Func<string, string> convert)
    {
        int start;
        while ((start = text.IndexOf(function, StringComparison.Ordinal)) >= 0)
        {
            int end = text.IndexOf(')', start);
            string content = File.ReadAllText(Path.Combine(Work, text[(start + function.Length)..end]));
            text = text[..start] + convert(content) + text[(end + 1)..];
        }

        return text;
    }

    /// <summary><c>coordinator [start|restart|stop|replace|recovery] [Member=Value …]</c>.</summary>
    public async Task CoordinatorAsync(string[] words)
    {
        string verb = words.Length == 0 || words[0].Contains('=', StringComparison.Ordinal) ? "start" : words[0];
        _settings = verb == "start" ? [.. words.Where(w => w.Contains('=', StringComparison.Ordinal))] : _settings;
        if (_host is not null)
        {
            await _host.DisposeAsync();
            _host = null;
        }

        switch (verb)
        {
            case "stop":
                return;
            case "replace":
                _generation++;
                break;
            case "recovery":
                File.Delete(Path.Combine(SealDirectory, "sealed_key"));
                break;
            default:
                Assert.True(verb is "start" or "restart", $"coordinator {verb} is unknown");
                break;
        }

        // Pins are kept by address: the next Coordinator takes the ports of the one before.
        (string Member, string Value)[] ports = _names.TryGetValue("COORDINATOR", out string? client)
            ? [("ClientAddress", "127.0.0.1:" + client.Split(':')[1]), ("MeshAddress", "127.0.0.1:" + _names["MESH"].Split(':')[1])]
            : [];
        _host = await CoordinatorHost.StartAsync(
            _folder,
            settings: [("SealDirectory", SealDirectory), .. ports, .. _settings.Select(s => s.Split('=', 2)).Select(p => (p[0], p[1]))]);
        _names["COORDINATOR"] = Address(_host.Client);
        _names["COORDINATOR_FILE"] = _names["COORDINATOR"].Replace(':', '_');
        _names["MESH"] = Address(_host.Mesh);
        _names["AUDIT"] = Path.Combine(SealDirectory, "audit");
    }

    private string SealDirectory => _folder.File(string.Create(CultureInfo.InvariantCulture, $"seal{_generation}"));

    /// <summary><c>user NAME</c>: a certificate, its key and both as PKCS#12 without a password.</summary>
    public async Task UserAsync(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddMinutes(-1), now.AddDays(1));
        await WriteAsync($"{name}.pem", certificate.ExportCertificatePem() + "\n");
        await WriteAsync($"{name}.key", key.ExportPkcs8PrivateKeyPem() + "\n");
        await WriteAsync($"{name}.sec1", key.ExportECPrivateKeyPem() + "\n");
        await File.WriteAllBytesAsync(Path.Combine(Work, $"{name}.p12"), certificate.Export(X509ContentType.Pkcs12), Cancellation);
    }

    /// <summary><c>key NAME</c>: a pair of RSA keys for recovery.</summary>
    public async Task KeyAsync(string name)
    {
        using var key = RSA.Create(2048);
        await WriteAsync($"{name}.pub", key.ExportSubjectPublicKeyInfoPem() + "\n");
        await WriteAsync($"{name}.key", key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    /// <summary><c>marble TYPE</c>: activates a Marble, whose evidence names the measurement of this process.</summary>
    public async Task MarbleAsync(string type)
    {
        CoordinatorHost host = _host ?? throw new InvalidOperationException("No Coordinator runs.");
        _marbles.Add(await MarbleActivator.ActivateAsync(
            new MarbleActivatorOptions(new MarbleOptions
            {
                CoordinatorAddress = _names["MESH"],
                MarbleType = type,
                UuidFile = _folder.File($"uuid-{type}-{_marbles.Count}"),
                Simulation = true,
                CoordinatorTrust = CoordinatorTrust.None,
            })
            {
                QuoteIssuer = host.Platform.CreateIssuer(host.Platform.MeasureRunningProcess()),
                ParameterTarget = new RefusingTarget(),
            },
            Cancellation));
    }

    /// <summary><c>refused TYPE</c>: a Marble that the Coordinator does not activate.</summary>
    public Task RefusedAsync(string type) => Assert.ThrowsAsync<MarbleActivationException>(() => MarbleAsync(type));

    /// <summary><c>manifest FILE</c>: sets the manifest, for transcripts about what comes after it.</summary>
    public async Task ManifestAsync(string file)
    {
        using var client = CoordinatorClient.WithoutVerification(_names["COORDINATOR"]);
        byte[] content = await File.ReadAllBytesAsync(Path.Combine(Work, file), Cancellation);
        await client.SetManifestAsync(content, cancellationToken: Cancellation);
    }

    /// <summary>
    /// <c>tokens</c>: the configuration of a token in SoftHSM, the certificates of its keys <c>ec</c> and <c>rsa</c>, and a configuration
    /// with a wrong token. The second key is also that of a recovery party.
    /// </summary>
    public async Task TokensAsync()
    {
        Assert.SkipUnless(SoftHsm.IsInstalled, SoftHsm.Missing);
        SoftHsm.Tokens tokens = SoftHsm.Users;
        await WriteAsync("pkcs11.json", SoftHsm.Config());
        await WriteAsync("other-token.json", SoftHsm.Config("\"TokenLabel\": \"other\""));
        await WriteAsync("ec.pem", tokens.Certificates["ec"].ExportCertificatePem() + "\n");
        await WriteAsync("rsa.pem", tokens.Certificates["rsa"].ExportCertificatePem() + "\n");
        await WriteAsync("party.pub", tokens.RecoveryKey + "\n");
    }

    /// <summary>The simulated quote of the machine that the doctor examines, of SGX; null for a desk.</summary>
    public Quote? MachineQuote { get; private set; }

    /// <summary><c>machine sgx</c>: the doctor is in an enclave of SGX.</summary>
    public async Task EnterSgxAsync()
    {
        SimulationPlatform platform = SimulationPlatform.Open(SimulationDirectory);
        MachineQuote = await platform.CreateIssuer(platform.MeasureRunningProcess())
            .IssueAsync(ReportData.FromBytes(new byte[ReportData.Size]), Cancellation);
    }

    /// <summary><c>pccs</c>: a caching service for Intel's collateral, with that of the development root, at <c>$PCCS</c>.</summary>
    public async Task PccsAsync()
    {
        SimulationPlatform platform = SimulationPlatform.Open(SimulationDirectory);
        _pccs = await SimulationPccs.StartAsync(tee => platform.CreateCollateral(tee));
        _names["PCCS"] = _pccs.Address.ToString();
    }

    public Task WriteAsync(string name, string content) => File.WriteAllTextAsync(Path.Combine(Work, name), content, Cancellation);

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        if (_pccs is not null)
        {
            await _pccs.DisposeAsync();
        }

        _folder.Dispose();
    }
}
