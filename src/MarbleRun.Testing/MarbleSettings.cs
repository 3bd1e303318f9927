using MarbleRun.Attestation.Simulation;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Testing;

/// <summary>What a test may change of one Marble before it starts.</summary>
public sealed class MarbleSettings
{
    private readonly ParameterFolder _parameters;

    internal MarbleSettings(ParameterFolder parameters) => _parameters = parameters;

    /// <summary>
    /// Configuration that wins over the app's own, with <c>:</c> between levels; only what the manifest sets wins over it. A host sees it from the moment that it is
    /// built, an app with top-level statements from its first line if it hands its arguments to <c>CreateBuilder(args)</c>. Without effect on
    /// <c>TestMesh.ActivateAsync</c>.
    /// </summary>
    public IDictionary<string, string?> Configuration { get; } = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// The code that the Marble's quote names. Null, which is the default, for what the manifest in force wants of this type when the Marble starts, as
    /// <see cref="TestMesh.MeasureAsync"/> tells. Set it to see that other code is refused.
    /// </summary>
    public AppMeasurement? Measurement { get; set; }

    /// <summary>
    /// Changes the app's services after the app has registered them, for instance to put a fake in a service's place. Nothing by default. Without effect on
    /// <c>TestMesh.ActivateAsync</c>.
    /// </summary>
    public Action<IServiceCollection>? ConfigureServices { get; set; }

    /// <summary>
    /// Where a file of the manifest will be: an app that is told so by its configuration finds it there, <c>m.Configuration["Certificate"] = m.GetFile("/etc/tls.pem")</c>.
    /// </summary>
    /// <param name="path">The path in the manifest; a relative one counts from the working directory.</param>
    /// <returns>The full path in a folder of this Marble; the file is there when the Marble is activated.</returns>
    public string GetFile(string path) => _parameters.Locate(path);
}
