using MarbleRun.Identity;

namespace MarbleRun.Testing;

/// <summary>
/// A Marble of a <see cref="TestMesh"/>, with the parameters from the Coordinator. Its variables and files are separate; neither the
/// process nor another Marble sees them.
/// </summary>
public class TestMarble
{
    private readonly ParameterFolder _parameters;
    private readonly Func<MarbleIdentity?> _identity;

    private protected TestMarble(string marbleType, ParameterFolder parameters, Func<MarbleIdentity?> identity)
    {
        MarbleType = marbleType;
        _parameters = parameters;
        _identity = identity;
    }

    internal TestMarble(MarbleSetup setup)
        : this(setup.MarbleType, setup.Parameters, () => setup.Identities?.Current)
    {
    }

    /// <summary>The type: a key of the manifest's <c>Marbles</c>.</summary>
    public string MarbleType { get; }

    /// <summary>The certificate with its key, and the trust anchors.</summary>
    /// <exception cref="MarbleNotActivatedException">The Marble has not been activated yet.</exception>
    public MarbleIdentity Identity => _identity() ?? throw new MarbleNotActivatedException();

    /// <summary>
    /// The environment variables that the Marble got: secrets that a test must not print. The variables of the identity
    /// (<c>MARBLE_PREDEFINED_…</c>) are included if the app sets <c>MarbleOptions.ExportIdentity</c>, and if there is no app. Empty before
    /// the activation.
    /// </summary>
    public IReadOnlyDictionary<string, string> Environment => _parameters.Variables;

    /// <summary>
    /// The files that the Marble got: the full path from the manifest, and the actual place of the file. Empty before the activation.
    /// </summary>
    public IReadOnlyDictionary<string, string> Files => _parameters.Files;

    /// <summary>Returns the actual place of a file of the manifest.</summary>
    /// <param name="path">The path in the manifest; a relative path starts at the working directory.</param>
    /// <returns>The full path in a folder of this Marble; the file exists after the activation of the Marble.</returns>
    public string GetFile(string path) => _parameters.Locate(path);
}
