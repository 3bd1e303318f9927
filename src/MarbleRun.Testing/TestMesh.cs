using System.Runtime.ExceptionServices;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Management;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Testing;

/// <summary>
/// A confidential mesh in the process of a test: a real Coordinator on real sockets, with the team's manifest, and Marbles that activate
/// with real quotes of a simulated platform. Only the clock is a fake.
/// </summary>
/// <remarks>
/// <para>
/// The clock does not advance unless the test advances it. Coordinator, Marbles and checks of certificates use this clock; sockets, HTTP
/// and gRPC use real time. An app that waits on a <see cref="TimeProvider"/>, for a retry for instance, waits until <see
/// cref="FakeTimeProvider.Advance(TimeSpan)"/>. Apps renew their certificates by this clock, too, shortly after it was advanced past half
/// of the lifetime: a test waits for <c>Identity.ChangeToken</c>. An open connection stays open when the clock is advanced: its
/// certificate was checked in the handshake; a Marble that is called checks the caller's certificate again at each request.
/// </para>
/// <para>
/// A mesh stores everything below one temporary folder and uses no environment variable of the process, so that tests can run in parallel,
/// each with its own mesh. It tests that the right code is admitted and other code is not; it does not measure the code that runs.
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

    /// <summary>The clock of the Coordinator, the Marbles and verifications.</summary>
    public FakeTimeProvider Clock => _instance.Clock;

    /// <summary>The address for Marbles, <c>127.0.0.1:port</c>.</summary>
    public string MeshAddress => _instance.MeshAddress;

    /// <summary>The address for clients that manage and verify, <c>127.0.0.1:port</c>.</summary>
    public string ClientAddress => _instance.ClientAddress;

    /// <summary>The simulated platform, with a development root for this mesh only: it issues and verifies quotes.</summary>
    public SimulationPlatform Platform => _instance.Platform;

    /// <summary>The trust of Marbles in this mesh: only its root certificate.</summary>
    public CoordinatorTrust Trust => CoordinatorTrust.PinRoots(CoordinatorTrust.FingerprintOf(_coordinator.Root));

    /// <summary>The expected Coordinator, for <see cref="CoordinatorClient.VerifyAsync"/>; the manifest is not pinned.</summary>
    public CoordinatorExpectation Expected => _instance.Expected;

    /// <summary>Starts a Coordinator and sets the manifest.</summary>
    /// <param name="manifest">The manifest, JSON: the unchanged manifest of production, or one for the test.</param>
    /// <param name="cancellationToken">Cancels the start; nothing remains.</param>
    /// <exception cref="ManifestException">The manifest has errors; the message lists them all, with places and remedies.</exception>
    /// <exception cref="CoordinatorException">The Coordinator refused the manifest; the message has the reason.</exception>
    public static Task<TestMesh> StartAsync(string manifest, CancellationToken cancellationToken) =>
        StartAsync(manifest, configure: null, cancellationToken);

    /// <summary>Starts a Coordinator and sets the manifest.</summary>
    /// <param name="manifest">The manifest, JSON: the unchanged manifest of production, or one for the test.</param>
    /// <param name="configure">Changes the Coordinator.</param>
    /// <param name="cancellationToken">Cancels the start; nothing remains.</param>
    /// <exception cref="ManifestException">The manifest has errors; the message lists them all, with places and remedies.</exception>
    /// <exception cref="CoordinatorException">The Coordinator refused the manifest; the message has the reason.</exception>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">The options of the Coordinator are invalid.</exception>
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
    /// Verifies the deployment as a relying party outside the mesh does: the Coordinator's quote over a fresh nonce, and that its manifest
    /// is the one in force now.
    /// </summary>
    /// <param name="cancellationToken">Cancels the verification.</param>
    /// <returns>The deployment, whose clients call its Marbles without being Marbles.</returns>
    /// <exception cref="CoordinatorVerificationException">
    /// The deployment is not trustworthy, for instance because its certificates have expired by the clock.
    /// </exception>
    public async Task<VerifiedDeployment> VerifyAsync(CancellationToken cancellationToken = default)
    {
        SignedManifest manifest = await _reader.GetManifestAsync(cancellationToken).ConfigureAwait(false);
        return await CoordinatorClient
            .VerifyAsync(
                ClientAddress, Expected with { ExpectedFingerprint = manifest.Fingerprint }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Creates a client of the Coordinator, for instance to update the manifest. The caller disposes of it.</summary>
    /// <param name="user">The certificate of a user of the manifest, with its private key; null for a client without a user.</param>
    public CoordinatorClient CreateCoordinatorClient(X509Certificate2? user = null) =>
        user is null ? new CoordinatorClient(_coordinator) : new CoordinatorClient(_coordinator, user);

    /// <summary>
    /// Stops the apps that the mesh created, the last one first, then the Coordinator, and removes the folder. A second call does nothing.
    /// </summary>
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

        // A failing step must not keep the others running.
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
        ManifestReport report = ManifestChecker.Check(content);
        if (!report.IsAccepted)
        {
            ManifestProblem[] errors = [.. report.Errors];
            throw new ManifestException(
                $"The manifest has {errors.Length} "
                + $"{(errors.Length == 1 ? "error" : "errors")}:\n{string.Join('\n', errors.Select(e => e.ToString()))}",
                report.Problems);
        }

        return report.Manifest!;
    }
}
