using MarbleRun.Activation;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Management;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Reading;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace MarbleRun.Testing;

public sealed partial class TestMesh
{
    private readonly Lock _lock = new();
    private readonly List<TestMarbleApplication> _applications = [];
    private int _marbles;

    /// <summary>
    /// Creates a Marble from an app with its own entry point, which calls <c>AddMarble()</c>. It starts at <see
    /// cref="TestMarbleApplication.StartAsync"/>, or when its address is read.
    /// </summary>
    /// <typeparam name="TEntryPoint">
    /// Any type of the app's assembly, which the test project references: <c>Program</c>, or, if several apps have one, another public type
    /// of each, or <c>extern alias</c> with <c>&lt;ProjectReference Include="…" Aliases="orders" /&gt;</c> and then <c>orders::Program</c>.
    /// </typeparam>
    /// <param name="marbleType">The type: a key of the manifest's <c>Marbles</c>.</param>
    /// <param name="configure">Changes the Marble: configuration, services, the code that it attests.</param>
    /// <returns>The app, which the mesh stops when it is disposed.</returns>
    /// <remarks>
    /// The app listens at one free port of 127.0.0.1 with HTTPS, regardless of its configuration; ports that its code opens with
    /// <c>ConfigureKestrel</c> are kept. Its environment is Development, its content root the folder of its project. Marble options that
    /// its code sets are kept, except address, type, UUID file and trust in the Coordinator. Files of the manifest must be in the app's
    /// <c>FileRoots</c> as in production. An app that activates with <c>MarbleActivator</c> in its own code, before the host, cannot be
    /// tested in this way.
    /// </remarks>
    /// <exception cref="ObjectDisposedException">The mesh is disposed.</exception>
    public TestMarbleApplication CreateMarble<TEntryPoint>(string marbleType, Action<MarbleSettings>? configure = null)
        where TEntryPoint : class
    {
        MarbleSetup setup = CreateSetup(marbleType, configure);
        var application = new TestMarbleApplication(setup, new MarbleApplicationFactory<TEntryPoint>(setup));
        lock (_lock)
        {
            // Not after DisposeAsync has taken the list: the app would not be stopped.
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
            _applications.Add(application);
        }

        return application;
    }

    /// <summary>
    /// Creates a Marble from a host that the test builds and starts itself, for instance a worker. The host calls
    /// <c>builder.Services.AddMarble()</c>, before or after this method.
    /// </summary>
    /// <param name="builder">The builder of a worker (<c>Host.CreateApplicationBuilder()</c>) or of a web app. The addresses of a web app
    /// are unchanged.</param>
    /// <param name="marbleType">The type: a key of the manifest's <c>Marbles</c>.</param>
    /// <param name="configure">Changes the Marble: configuration, services, the code that it attests.</param>
    /// <returns>The Marble, with its parameters after its host has started. The test stops the host.</returns>
    /// <exception cref="ObjectDisposedException">The mesh is disposed.</exception>
    public TestMarble ConfigureMarble(IHostApplicationBuilder builder, string marbleType, Action<MarbleSettings>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        MarbleSetup setup = CreateSetup(marbleType, configure);
        builder.Configuration.AddInMemoryCollection(setup.Settings.Configuration);
        setup.AddTo(builder.Services);
        return new TestMarble(setup);
    }

    /// <summary>Activates a Marble without an app, to call endpoints of other Marbles with its identity.</summary>
    /// <param name="marbleType">The type: a key of the manifest's <c>Marbles</c>.</param>
    /// <param name="cancellationToken">Cancels the activation.</param>
    /// <exception cref="MarbleActivationException">The Coordinator refused the Marble; the message has the reason.</exception>
    /// <exception cref="AttestationException">No quote is available.</exception>
    /// <exception cref="TimeoutException">The activation took longer than a minute of real time.</exception>
    /// <exception cref="ObjectDisposedException">The mesh is disposed.</exception>
    public Task<TestMarbleClient> ActivateAsync(string marbleType, CancellationToken cancellationToken) =>
        ActivateAsync(marbleType, configure: null, cancellationToken);

    /// <summary>Activates a Marble without an app, to call endpoints of other Marbles with its identity.</summary>
    /// <param name="marbleType">The type: a key of the manifest's <c>Marbles</c>.</param>
    /// <param name="configure">Changes the code that the Marble attests.</param>
    /// <param name="cancellationToken">Cancels the activation.</param>
    /// <exception cref="MarbleActivationException">The Coordinator refused the Marble; the message has the reason.</exception>
    /// <exception cref="AttestationException">No quote is available.</exception>
    /// <exception cref="TimeoutException">The activation took longer than a minute of real time.</exception>
    /// <exception cref="ObjectDisposedException">The mesh is disposed.</exception>
    public async Task<TestMarbleClient> ActivateAsync(
        string marbleType, Action<MarbleSettings>? configure = null, CancellationToken cancellationToken = default)
    {
        MarbleSetup setup = CreateSetup(marbleType, configure);
        using var limit = new StartLimit(marbleType, cancellationToken);
        try
        {
            var options = new MarbleActivatorOptions(setup.CreateOptions())
            {
                QuoteIssuer = setup.Issuer,
                ParameterTarget = setup.Parameters,
                TimeProvider = Clock,
                Logger = _instance.CreateLogger<TestMarbleClient>(),
            };
            MarbleActivation activation = await MarbleActivator.ActivateAsync(options, limit.Token).ConfigureAwait(false);
            return new TestMarbleClient(setup, activation.Identity, Clock, _instance.CreateLogger<TestMarbleClient>());
        }
        catch (OperationCanceledException e)
        {
            throw limit.Describe(e);
        }
    }

    /// <summary>
    /// Returns the code that Marbles of a type attest unless the test specifies other code: the code that the type's package in the
    /// manifest requires. Open properties get defaults: a UniqueID derived from the type's name, the platform's signer, product 1, security
    /// version 1.
    /// </summary>
    /// <param name="marbleType">The type: a key of the manifest's <c>Marbles</c>.</param>
    /// <param name="cancellationToken">Cancels the request for the manifest.</param>
    /// <returns>The measurement, which a test can change: <c>m.Measurement = measurement with { SecurityVersion = 1 }</c>.</returns>
    /// <remarks>
    /// An update that only changes security versions does not change the manifest, and so does not change what Marbles attest: it does not
    /// make code newer. A package that requires a TD and no enclave is attested by a TDX quote, which this method does not describe.
    /// </remarks>
    /// <exception cref="CoordinatorException">The manifest cannot be fetched.</exception>
    public async Task<AppMeasurement> MeasureAsync(string marbleType, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(marbleType);
        Manifest manifest = await GetManifestAsync(cancellationToken).ConfigureAwait(false);
        return PackageMeasurement.OfEnclave(PackageMeasurement.Find(manifest, marbleType), Platform, marbleType);
    }

    /// <summary>Gets the manifest in force.</summary>
    internal async Task<Manifest> GetManifestAsync(CancellationToken cancellationToken)
    {
        SignedManifest manifest = await _reader.GetManifestAsync(cancellationToken).ConfigureAwait(false);
        return ManifestParser.Parse(manifest.Content.Span);
    }

    /// <summary>Returns the names that the manifest allows in certificates of a type, without wildcards; null if it allows any.</summary>
    internal IList<string>? FindAllowedDnsNames(string marbleType) =>
        _manifest.Marbles.TryGetValue(marbleType, out MarbleDefinition? marble) && marble.AllowedDnsNames is { } names
            ? [.. names.Where(n => !n.Contains('*', StringComparison.Ordinal))]
            : null;

    /// <summary>Returns the folders of the files that the manifest gives to a type.</summary>
    internal IEnumerable<string> FindFolders(string marbleType) =>
        _manifest.Marbles.TryGetValue(marbleType, out MarbleDefinition? marble)
            ? marble.Parameters.Files.Keys
                .Select(Path.GetDirectoryName)
                .OfType<string>()
                .Where(folder => folder.Trim('/', '\\').Length > 0)
                .Distinct()
            : [];

    private MarbleSetup CreateSetup(string marbleType, Action<MarbleSettings>? configure)
    {
        ArgumentException.ThrowIfNullOrEmpty(marbleType);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        return new MarbleSetup(
            this, marbleType, _folder.CreateSubdirectory($"marble-{Interlocked.Increment(ref _marbles)}").FullName, configure);
    }

    private TestMarbleApplication[] TakeApplications()
    {
        lock (_lock)
        {
            TestMarbleApplication[] applications = [.. Enumerable.Reverse(_applications)];
            _applications.Clear();
            return applications;
        }
    }
}
