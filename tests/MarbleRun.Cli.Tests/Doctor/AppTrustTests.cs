using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Text;
using MarbleRun.Cli;
using MarbleRun.Cli.Doctor;
using MarbleRun.Cli.Doctor.Marbles;
using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.Doctor;

/// <summary>The trust that a build embedded in an app, which the doctor reads without loading the app.</summary>
public sealed class AppTrustTests : IDisposable
{
    private const string Root = """{ "Roots": [ "6f1d0c5a8b7e4f3d2c1b0a9988776655443322110f0e0d0c0b0a090807060504" ] }""";

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Root, FindingLevel.Good, "marble-trust.json in app.dll: Roots")]
    [InlineData("""{ "None": true }""", FindingLevel.Warning, "marble-trust.json in app.dll accepts any Coordinator")]
    [InlineData(null, FindingLevel.Warning, "app.dll embeds no marble-trust.json")]
    internal async Task App_WithTrust_IsReadAlsoOutsideOfItsEnvironment(string? trust, FindingLevel level, string expected)
    {
        WriteApp(_folder.File("app.dll"), trust);

        Finding finding = await FindAsync(_folder.File("app.dll"));

        Assert.Equal((level, expected), (finding.Level, finding.Found));
    }

    [Fact]
    public async Task App_WithInvalidTrust_IsAnError()
    {
        WriteApp(_folder.File("app.dll"), """{ "Rots": [] }""");

        Finding finding = await FindAsync(_folder.File("app.dll"));

        Assert.Equal(FindingLevel.Error, finding.Level);
        Assert.Contains("Rots", finding.Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task App_ThatABuildMade_IsRead()
    {
        Finding finding = await FindAsync(typeof(CommandLine).Assembly.Location);

        Assert.Equal("marblerun.dll embeds no marble-trust.json", finding.Found);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(700)]
    public async Task App_ThatIsCutOff_IsAnError(int length)
    {
        WriteApp(_folder.File("whole.dll"), Root);
        byte[] whole = await File.ReadAllBytesAsync(_folder.File("whole.dll"), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(_folder.File("app.dll"), whole[..length], TestContext.Current.CancellationToken);

        Finding finding = await FindAsync(_folder.File("app.dll"));

        Assert.Equal(FindingLevel.Error, finding.Level);
        Assert.StartsWith("app.dll is not a .NET assembly: ", finding.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void Folder_WithOneApp_IsThatApp()
    {
        WriteApp(_folder.File("app.dll"), Root);
        File.WriteAllText(_folder.File("app.runtimeconfig.json"), "{}");
        File.WriteAllText(_folder.File("library.dll"), string.Empty);
        Assert.Equal(_folder.File("app.dll"), AppFile.Find(_folder.Path));

        File.WriteAllText(_folder.File("other.dll"), string.Empty);
        File.WriteAllText(_folder.File("other.runtimeconfig.json"), "{}");
        Assert.Contains(
            "several apps: app.dll, other.dll", Assert.Throws<InputException>(() => AppFile.Find(_folder.Path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Folder_WithoutAnApp_SaysWhatItLooksFor() => Assert.Contains(
        "no NAME.runtimeconfig.json beside NAME.dll", Assert.Throws<InputException>(() => AppFile.Find(_folder.Path)).Message,
        StringComparison.Ordinal);

    private static async Task<Finding> FindAsync(string app) =>
        (await new FakeMachine().FindAsync("marble.trust", new DoctorOptions { App = app }))!;

    /// <summary>Writes an assembly with a resource, and then the trust.</summary>
    private static void WriteApp(string path, string? trust)
    {
        var metadata = new MetadataBuilder();
        metadata.AddModule(0, metadata.GetOrAddString("app.dll"), metadata.GetOrAddGuid(Guid.NewGuid()), default, default);
        metadata.AddAssembly(metadata.GetOrAddString("app"), new Version(1, 0), default, default, default, AssemblyHashAlgorithm.None);
        var resources = new BlobBuilder();
        Add("other.txt", "other");
        if (trust is not null)
        {
            Add("marble-trust.json", trust);
        }

        var image = new BlobBuilder();
        new ManagedPEBuilder(
            new PEHeaderBuilder(imageCharacteristics: Characteristics.Dll | Characteristics.ExecutableImage),
            new MetadataRootBuilder(metadata),
            ilStream: new BlobBuilder(),
            managedResources: resources).Serialize(image);
        File.WriteAllBytes(path, image.ToArray());

        void Add(string name, string content)
        {
            resources.Align(8);
            metadata.AddManifestResource(ManifestResourceAttributes.Public, metadata.GetOrAddString(name), default, (uint)resources.Count);
            byte[] bytes = Encoding.UTF8.GetBytes(content);
            resources.WriteInt32(bytes.Length);
            resources.WriteBytes(bytes);
        }
    }
}
