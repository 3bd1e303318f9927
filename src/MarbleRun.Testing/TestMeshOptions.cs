using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Testing;

/// <summary>What a test may change of a <see cref="TestMesh"/> before it starts.</summary>
public sealed class TestMeshOptions
{
    /// <summary>
    /// Members of the configuration section <c>Coordinator</c>, with <c>:</c> between levels, for instance <c>Authority:MarbleCertificateLifetime</c> = <c>1.00:00:00</c>.
    /// They win over what the mesh sets itself: simulation, free ports of 127.0.0.1 and a seal directory of its own. Empty by default.
    /// </summary>
    public IDictionary<string, string?> Coordinator { get; } = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Registers services of the Coordinator, before its own: a store, a quote verifier (see <c>AddCoordinator()</c> for what is replaced so). Nothing by default.
    /// </summary>
    public Action<IServiceCollection>? ConfigureServices { get; set; }

    /// <summary>
    /// Says where the logs of the Coordinator, and of <c>TestMesh.ActivateAsync</c>, go; by default nowhere. The test's own <see cref="ILoggerProvider"/> can be added
    /// here, to look at what was logged. A Marble's app logs as it does otherwise.
    /// </summary>
    public Action<ILoggingBuilder>? ConfigureLogging { get; set; }

    /// <summary>The clock of the mesh; by default one that begins at the present and stands still until it is advanced.</summary>
    public FakeTimeProvider Clock { get; set; } = new(TimeProvider.System.GetUtcNow());
}
