using MarbleRun.Activation.Targets;
using MarbleRun.Attestation;
using MarbleRun.Hosting;
using MarbleRun.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace MarbleRun.Testing;

/// <summary>
/// One Marble of a mesh before it starts: the code that it attests, the target of its parameters, and replacements for services of the
/// host.
/// </summary>
internal sealed class MarbleSetup
{
    private readonly TestMesh _mesh;
    private readonly string _folder;

    public MarbleSetup(TestMesh mesh, string marbleType, string folder, Action<MarbleSettings>? configure)
    {
        _mesh = mesh;
        _folder = folder;
        MarbleType = marbleType;
        Parameters = new ParameterFolder(Path.Combine(folder, "files"));
        Settings = new MarbleSettings(Parameters);
        configure?.Invoke(Settings);
        Issuer = new MeshQuoteIssuer(mesh, marbleType, Settings);
    }

    public string MarbleType { get; }

    public ParameterFolder Parameters { get; }

    public MarbleSettings Settings { get; }

    public IQuoteIssuer Issuer { get; }

    /// <summary>Provides the identity; null before the host starts.</summary>
    public IMarbleIdentityProvider? Identities { get; private set; }

    /// <summary>Registers the replacements in the host, which apply whether <c>AddMarble()</c> is called before or after.</summary>
    public void AddTo(IServiceCollection services)
    {
        ReplacePlatform(services);
        services.PostConfigure<MarbleOptions>(Apply);
        services.AddSingleton<IHostedService>(s => new MarbleWatch(MarbleType, () => Identities = s.GetService<IMarbleIdentityProvider>()));
        Settings.ConfigureServices?.Invoke(services);
    }

    /// <summary>For apps that activate with <c>builder.AddMarble()</c>, long before <see cref="AddTo"/> is called.</summary>
    public IDisposable EnterHost() => MarbleTestHost.Enter(ReplacePlatform, Apply);

    public MarbleOptions CreateOptions()
    {
        var options = new MarbleOptions();
        Apply(options);

        // There is no app that could set this option; the variables go to a folder of the test.
        options.ExportIdentity = true;
        foreach (string folder in _mesh.FindFolders(MarbleType))
        {
            options.FileRoots.Add(folder);
        }

        return options;
    }

    private void ReplacePlatform(IServiceCollection services)
    {
        services.RemoveAll<TimeProvider>().AddSingleton<TimeProvider>(_mesh.Clock);
        services.RemoveAll<IQuoteIssuer>().AddSingleton(Issuer);
        services.RemoveAll<IParameterTarget>().AddSingleton<IParameterTarget>(Parameters);
    }

    private void Apply(MarbleOptions options)
    {
        options.CoordinatorAddress = _mesh.MeshAddress;
        options.MarbleType = MarbleType;
        options.UuidFile = Path.Combine(_folder, "uuid");

        // The root is created with the mesh; the app's trust in production does not apply here.
        options.CoordinatorTrust = _mesh.Trust;
        options.CoordinatorRequirements = new CoordinatorRequirements();

        // In production, the names come from the environment of the host, which a test does not have.
        if (options.DnsNames is ["localhost"] && _mesh.FindAllowedDnsNames(MarbleType) is { Count: > 0 } allowed)
        {
            options.DnsNames = allowed;
        }
    }
}
