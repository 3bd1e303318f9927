using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Simulation;

namespace MarbleRun.Tests.Attestation.Simulation;

/// <summary>Measures this very test process, which is an app with packages, from inside and from its files.</summary>
public sealed class AppMeasurementTests : IDisposable
{
    private static readonly string s_signer = new('c', 64);

    private readonly TemporaryFolder _folder = new();

    private static string Entry => Assembly.GetEntryAssembly()!.Location;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void OfRunningProcess_AndItsFiles_AreEqual()
    {
        Assert.Equal(AppMeasurement.OfApplication(Entry, s_signer), AppMeasurement.OfRunningProcess(s_signer));
    }

    [Fact]
    public void OfRunningProcess_Files_HoldAppAndPackagesButNoFramework()
    {
        IReadOnlyDictionary<string, string> assemblies = AppFiles.OfRunningProcess().Assemblies;

        Assert.Contains("MarbleRun.Attestation.Tests", assemblies.Keys);
        Assert.Contains("MarbleRun.Attestation", assemblies.Keys);
        Assert.Contains("Google.Protobuf", assemblies.Keys);
        Assert.DoesNotContain("System.Private.CoreLib", assemblies.Keys);
        Assert.DoesNotContain("Microsoft.AspNetCore", assemblies.Keys);
        Assert.All(assemblies.Values, path => Assert.StartsWith(AppContext.BaseDirectory, path, StringComparison.Ordinal));
    }

    [Fact]
    public void OfApplication_CopyOfTheApp_IsEqual()
    {
        Assert.Equal(AppMeasurement.OfApplication(Entry, s_signer), AppMeasurement.OfApplication(CopyApp(), s_signer));
    }

    [Fact]
    public void OfApplication_OneByteOfAPackageChanged_HasAnotherUniqueId()
    {
        string copy = CopyApp();
        AppMeasurement before = AppMeasurement.OfApplication(copy, s_signer);
        string package = _folder.Combine("Google.Protobuf.dll");
        byte[] bytes = File.ReadAllBytes(package);
        bytes[^1] ^= 1;
        File.WriteAllBytes(package, bytes);

        AppMeasurement after = AppMeasurement.OfApplication(copy, s_signer);

        Assert.NotEqual(before.UniqueId, after.UniqueId);
        Assert.Equal(before with { UniqueId = after.UniqueId }, after);
    }

    [Fact]
    public void OfApplication_AssemblyAdded_HasAnotherUniqueId()
    {
        string copy = CopyApp();
        AppMeasurement before = AppMeasurement.OfApplication(copy, s_signer);
        File.Copy(_folder.Combine("Google.Protobuf.dll"), _folder.Combine("Added.dll"));
        string deps = Path.ChangeExtension(copy, ".deps.json");
        string json = File.ReadAllText(deps);
        File.WriteAllText(
            deps,
            json.Replace("\"Google.Protobuf.dll\"", "\"x\"", StringComparison.Ordinal)
                .Replace("/Google.Protobuf.dll\": {", "/Google.Protobuf.dll\": {}, \"lib/net5.0/Added.dll\": {", StringComparison.Ordinal));

        Assert.NotEqual(json, File.ReadAllText(deps));
        Assert.NotEqual(before.UniqueId, AppMeasurement.OfApplication(copy, s_signer).UniqueId);
    }

    [Fact]
    public void OfApplication_FileNotInDepsJson_DoesNotCount()
    {
        string copy = CopyApp();
        AppMeasurement before = AppMeasurement.OfApplication(copy, s_signer);
        File.WriteAllText(_folder.Combine("appsettings.json"), "{}");

        Assert.Equal(before, AppMeasurement.OfApplication(copy, s_signer));
    }

    [Fact]
    public void OfApplication_DllMissing_NamesIt()
    {
        string copy = CopyApp();
        File.Delete(_folder.Combine("Google.Protobuf.dll"));

        AttestationException e = Assert.Throws<AttestationException>(() => AppMeasurement.OfApplication(copy, s_signer));

        Assert.Contains("Google.Protobuf.dll", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("""{"runtimeTarget":{"name":"x"},"targets":{},"libraries":{}}""")]
    [InlineData("""{"runtimeTarget":{"name":null},"targets":{},"libraries":{}}""")]
    public void OfApplication_DepsJsonMissingOrDamaged_NamesIt(string? content)
    {
        string copy = CopyApp();
        string deps = Path.ChangeExtension(copy, ".deps.json");
        File.Delete(deps);
        if (content is not null)
        {
            File.WriteAllText(deps, content);
        }

        Assert.Contains(
            deps,
            Assert.Throws<AttestationException>(() => AppMeasurement.OfApplication(copy, s_signer)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void OfApplication_NoSuchFile_NamesIt()
    {
        string path = _folder.Combine("none.dll");

        Assert.Contains(
            path,
            Assert.Throws<AttestationException>(() => AppMeasurement.OfApplication(path, s_signer)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void OfApplication_NativeExecutable_IsMeasuredAlone()
    {
        string path = _folder.Combine("native-app");
        File.WriteAllText(path, "\u007fELF");

        AppMeasurement measurement = AppMeasurement.OfApplication(path, s_signer);
        AppMeasurement running = AppFiles.OfProcess(null, null, _folder.Path, "native-app", path).Measure(s_signer);

        Assert.Equal(running.UniqueId, measurement.UniqueId);
        Assert.Equal((1, 1), (measurement.ProductId, measurement.SecurityVersion));
    }

    [Fact]
    public void Measure_Assemblies_HashesNamesAndFilesAsDocumented()
    {
        File.WriteAllText(_folder.Combine("b.dll"), "second");
        File.WriteAllText(_folder.Combine("A.dll"), "first");
        var files = new AppFiles(
            new Dictionary<string, string> { ["b"] = _folder.Combine("b.dll"), ["A"] = _folder.Combine("A.dll") },
            new AppMetadata(5, 6));
        byte[] expected = SHA256.HashData(
        [
            .. Encoding.UTF8.GetBytes("A\0"),
            .. SHA256.HashData("first"u8),
            .. Encoding.UTF8.GetBytes("b\0"),
            .. SHA256.HashData("second"u8),
        ]);

        Assert.Equal(
            new AppMeasurement { UniqueId = Convert.ToHexStringLower(expected), SignerId = s_signer, ProductId = 5, SecurityVersion = 6 },
            files.Measure(s_signer));
    }

    [Fact]
    public void OfProcess_FrameworkFolders_AreLeftOut()
    {
        string[] trusted =
        [
            "/app/App.dll",
            "/app/runtimes/linux/lib/X.dll",
            "/dotnet/shared/Core/System.Runtime.dll",
            "/dotnet/shared/Web/Y.dll",
        ];

        AppFiles files = AppFiles.OfProcess(
            string.Join(Path.PathSeparator, trusted),
            "/app/App.deps.json;/dotnet/shared/Core/Core.deps.json;/dotnet/shared/Web/Web.deps.json",
            "/app/",
            "App",
            "/dotnet/dotnet");

        Assert.Equal(["App", "X"], files.Assemblies.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("", "App")]
    [InlineData("/dotnet/shared/Core/System.Runtime.dll", "App")]
    [InlineData("/app/Plugin.dll", "App,Plugin")]
    public void OfProcess_EntryAssemblyInsideExecutable_CountsExecutable(string trusted, string expected)
    {
        AppFiles files = AppFiles.OfProcess(trusted, "/dotnet/shared/Core/Core.deps.json", "/app/", "App", "/app/App");

        Assert.Equal(expected.Split(','), files.Assemblies.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("/app/App", files.Assemblies["App"]);
    }

    [Fact]
    public void OfProcess_NothingNamed_SaysHowToStart()
    {
        AttestationException e = Assert.Throws<AttestationException>(() => AppFiles.OfProcess(null, null, "/app/", null, null));

        Assert.Equal(AttestationFailure.PlatformUnavailable, e.Failure);
    }

    [Fact]
    public void ToPackageProperties_Measurement_PinsUniqueIdAlone()
    {
        AppMeasurement measurement = AppMeasurement.OfRunningProcess(s_signer);

        Assert.Equal(new PackageProperties { UniqueId = measurement.UniqueId }, measurement.ToPackageProperties());
        Assert.Equal(new PackageProperties { SignerId = s_signer, ProductId = 1, SecurityVersion = 1 }, measurement.ToSignerProperties());
    }

    private string CopyApp()
    {
        foreach (string path in (string[])[.. AppFiles.OfApplication(Entry).Assemblies.Values, Path.ChangeExtension(Entry, ".deps.json")])
        {
            File.Copy(path, _folder.Combine(Path.GetFileName(path)));
        }

        return _folder.Combine(Path.GetFileName(Entry));
    }
}
