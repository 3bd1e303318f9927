using MarbleRun.Attestation.Simulation;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Testing;

/// <summary>The settings of one Marble that a test may change before it starts.</summary>
public sealed class MarbleSettings
{
    private readonly ParameterFolder _parameters;

    internal MarbleSettings(ParameterFolder parameters) => _parameters = parameters;

    /// <summary>
    /// Configuration that overrides the app's own, with <c>:</c> between levels; only values from the manifest override it. A host sees it
    /// as soon as it is built; an app with top-level statements sees it from its first line if it passes its arguments to
    /// <c>CreateBuilder(args)</c>. It has no effect on <c>TestMesh.ActivateAsync</c>.
    /// </summary>
    public IDictionary<string, string?> Configuration { get; } = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// The code that the Marble's quote names. Null, the default, uses the code that the manifest in force requires for this type when the
    /// Marble starts, as returned by <see cref="TestMesh.MeasureAsync"/>. Set it to test that other code is refused.
    /// </summary>
    public AppMeasurement? Measurement { get; set; }

    /// <summary>
    /// Changes the app's services after the app has registered them, for instance to replace a service with a fake. Null by default. It has
    /// no effect on <c>TestMesh.ActivateAsync</c>.
    /// </summary>
    public Action<IServiceCollection>? ConfigureServices { get; set; }

    /// <summary>
    /// Returns the place of a file from the manifest, for an app that reads the path from its configuration:
    /// <c>m.Configuration["Certificate"] = m.GetFile("/etc/tls.pem")</c>.
    /// </summary>
    /// <param name="path">The path in the manifest; a relative path starts at the working directory.</param>
    /// <returns>The full path in a folder of this Marble; the file exists after the activation of the Marble.</returns>
    public string GetFile(string path) => _parameters.Locate(path);
}
