using System.Runtime.ExceptionServices;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Activation;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Management;
using MarbleRun.Manifests;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Testing;

/// <summary>
/// A confidential mesh in the process of a test: a real Coordinator on real sockets, with the manifest of the team set, and Marbles that activate at it with real
/// quotes of a simulated platform. Nothing is mocked but the clock.
/// </summary>
/// <remarks>
/// <para>
/// The clock stands still unless the test advances it. Coordinator, Marbles and checks of certificates all go by it; sockets, HTTP and gRPC go by real time. What an app waits
/// for on a <see cref="TimeProvider"/>, a retry for instance, it waits for until <see cref="FakeTimeProvider.Advance(TimeSpan)"/>. A connection that is open stays open when the clock is advanced:
/// its certificate was checked in the handshake; a Marble that is called checks the caller's certificate again at each request.
/// </para>
/// <para>
/// A mesh keeps everything below one temporary folder and uses no environment variable of the process, so that tests run beside each other, each with a mesh of its own.
/// It shows that the right code is admitted and other code is not; it does not measure the code that runs.
/// </para>
/// </remarks>
public sealed partial class TestMesh : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly CoordinatorInstance _instance;
    private readonly VerifiedCoordinator _coordinator;
    private readonly CoordinatorClient _reader;
    private readonly Manifest _manifest;
    private int _disposed;

    private TestMesh(DirectoryInfo folder, CoordinatorInstance instance, VerifiedCoordinator coordinator, Manifest manifest)
    {
        _folder = folder;
        _instance = instance;
        _coordinator = coordinator;
        _manifest = manifest;
        _reader = new CoordinatorClient(coordinator);
    }

    /// <summary>The clock that Coordinator, Marbles and verifications go by.</summary>
    public FakeTimeProvider Clock => _instance.Clock;

    /// <summary>Where Marbles activate, <c>127.0.0.1:port</c>.</summary>
    public string MeshAddress => _instance.MeshAddress;

    /// <summary>Where clients manage and verify, <c>127.0.0.1:port</c>.</summary>
    public string ClientAddress => _instance.ClientAddress;

    /// <summary>The simulated platform, with a development root of this mesh's own: it issues and verifies quotes.</summary>
    public SimulationPlatform Platform => _instance.Platform;

    /// <summary>What Marbles of this mesh trust: its root certificate and no other.</summary>
    public CoordinatorTrust Trust => CoordinatorTrust.PinRoots(CoordinatorTrust.FingerprintOf(_coordinator.Root));

    /// <summary>What is to be expected of the Coordinator, for <see cref="CoordinatorClient.VerifyAsync"/>; the manifest is not pinned.</summary>
    public CoordinatorVerification Expected => _instance.Expected;

    /// <summary>Starts a Coordinator and sets the manifest.</summary>
    /// <param name="manifest">The manifest, JSON: the one of production as it stands, or one for the test.</param>
    /// <param name="cancellationToken">Ends the start; nothing is left behind.</param>
    /// <exception cref="ManifestException">The manifest has errors; the message lists them all, with places and remedies.</exception>
    /// <exception cref="CoordinatorException">The Coordinator refused the manifest; the message has its reason.</exception>
    public static Task<TestMesh> StartAsync(string manifest, CancellationToken cancellationToken) => StartAsync(manifest, configure: null, cancellationToken);

    /// <summary>Starts a Coordinator and sets the manifest.</summary>
    /// <param name="manifest">The manifest, JSON: the one of production as it stands, or one for the test.</param>
    /// <param name="configure">Changes the Coordinator.</param>
    /// <param name="cancellationToken">Ends the start; nothing is left behind.</param>
    /// <exception cref="ManifestException">The manifest has errors; the message lists them all, with places and remedies.</exception>
    /// <exception cref="CoordinatorException">The Coordinator refused the manifest; the message has its reason.</exception>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">The options of the Coordinator are wrong.</exception>
    public static async Task<TestMesh> StartAsync(
        string manifest, Action<TestMeshOptions>? configure = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        var options = new TestMeshOptions();
        configure?.Invoke(options);
        byte[] content = Encoding.UTF8.GetBytes(manifest);
        Manifest parsed = Check(content);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("marblerun-mesh-");
        CoordinatorInstance? instance = null;
        try
        {
            instance = await CoordinatorInstance.StartAsync(folder.FullName, options, cancellationToken).ConfigureAwait(false);
            VerifiedCoordinator coordinator = await CoordinatorClient
                .VerifyCoordinatorAsync(instance.ClientAddress, instance.Expected, cancellationToken).ConfigureAwait(false);
            using (var client = new CoordinatorClient(coordinator))
            {
                await client.SetManifestAsync(content, cancellationToken: cancellationToken).ConfigureAwait(false);
            }

            return new TestMesh(folder, instance, coordinator, parsed);
        }
        catch
        {
            if (instance is not null)
            {
                await instance.DisposeAsync().ConfigureAwait(false);
            }

            folder.Delete(recursive: true);
            throw;
        }
    }

    /// <summary>
    /// Verifies the deployment as somebody outside does: the Coordinator's quote over a fresh nonce, and that its manifest is the one that is in force now.
    /// </summary>
    /// <param name="cancellationToken">Ends the verification.</param>
    /// <returns>The deployment, whose clients call its Marbles without being one.</returns>
    /// <exception cref="CoordinatorVerificationException">The deployment is not to be trusted, for instance because the clock is past the end of its certificates.</exception>
    public async Task<VerifiedDeployment> VerifyAsync(CancellationToken cancellationToken = default)
    {
        SignedManifest manifest = await _reader.GetManifestAsync(cancellationToken).ConfigureAwait(false);
        return await CoordinatorClient
            .VerifyAsync(ClientAddress, Expected with { ExpectedFingerprint = manifest.Fingerprint }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A client of the Coordinator, for instance to update the manifest. The caller disposes of it.</summary>
    /// <param name="user">The certificate of a user of the manifest, with its private key; null for a client that is no user.</param>
    public CoordinatorClient CreateCoordinatorClient(X509Certificate2? user = null) =>
        user is null ? new CoordinatorClient(_coordinator) : new CoordinatorClient(_coordinator, user);

    /// <summary>Stops the apps that the mesh made, the last one first, then the Coordinator, and removes the folder. A second call does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        var failures = new List<Exception>();
        foreach (TestMarbleApplication application in TakeApplications())
        {
            await AttemptAsync(() => application.DisposeAsync()).ConfigureAwait(false);
        }

        _reader.Dispose();
        await AttemptAsync(() => _instance.DisposeAsync()).ConfigureAwait(false);
        await AttemptAsync(() =>
        {
            _folder.Delete(recursive: true);
            return ValueTask.CompletedTask;
        }).ConfigureAwait(false);
        if (failures.Count > 0)
        {
            ExceptionDispatchInfo.Throw(failures.Count == 1 ? failures[0] : new AggregateException(failures));
        }

        // One that fails must not keep the others running.
        async ValueTask AttemptAsync(Func<ValueTask> step)
        {
            try
            {
                await step().ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                failures.Add(exception);
            }
        }
    }

    private static Manifest Check(byte[] content)
    {
        ManifestReport report = Manifest.Check(content);
        if (!report.IsAccepted)
        {
            ManifestProblem[] errors = [.. report.Errors];
            throw new ManifestException(
                $"The manifest has {errors.Length} {(errors.Length == 1 ? "error" : "errors")}:\n{string.Join('\n', errors.Select(e => e.ToString()))}", report.Problems);
        }

        return report.Manifest!;
    }
}
