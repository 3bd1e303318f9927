using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Testing;

/// <summary>The options of a <see cref="TestMesh"/> that a test may change before it starts.</summary>
public sealed class TestMeshOptions
{
    /// <summary>
    /// Members of the configuration section <c>Coordinator</c>, with <c>:</c> between levels, for instance
    /// <c>Authority:MarbleCertificateLifetime</c> = <c>1.00:00:00</c>. They override the values of the mesh itself: simulation, free ports
    /// of 127.0.0.1 and its own seal directory. Empty by default.
    /// </summary>
    public IDictionary<string, string?> Coordinator { get; } = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Registers services of the Coordinator, before its own: a store, a quote verifier (see <c>AddCoordinator()</c> for the services that
    /// can be replaced). Null by default.
    /// </summary>
    public Action<IServiceCollection>? ConfigureServices { get; set; }

    /// <summary>
    /// Configures the logs of the Coordinator, and of <c>TestMesh.ActivateAsync</c>; by default nothing is logged. A test can add its own
    /// <see cref="ILoggerProvider"/> here, to check what was logged. A Marble's app logs as usual.
    /// </summary>
    public Action<ILoggingBuilder>? ConfigureLogging { get; set; }

    /// <summary>The clock of the mesh; the default starts at the current time and does not advance by itself.</summary>
    public FakeTimeProvider Clock { get; set; } = new(TimeProvider.System.GetUtcNow());
}
