using System.Text;
using MarbleRun.Attestation.Simulation;

namespace MarbleRun.Tests.Attestation.Simulation;

public sealed class DepsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ReadAssemblies_ProjectsAndPackages_CountButNothingElse()
    {
        Write(
            """
            "App/1.0.0": { "runtime": { "App.dll": {} } },
            "Package/2.0.0": {
              "runtime": { "lib/net8.0/Package.dll": { "assemblyVersion": "2.0.0.0" } },
              "resources": { "lib/net8.0/de/Package.resources.dll": { "locale": "de" } }
            },
            "Platform/1.0.0": { "runtime": { "Platform.dll": {} } }
            """,
            ("App", "project"), ("Package", "package"), ("Platform", "platform"));
        Touch("App.dll", "Package.dll", "Platform.dll");

        Assert.Equal(["App", "Package"], Read());
    }

    [Fact]
    public void ReadAssemblies_AssetsOfThisRuntime_ReplaceGenericOnes()
    {
        string own = RuntimeIdentifiers.OfThisProcess[0];
        Write(
            $$"""
            "Native/1.0.0": {
              "runtime": { "lib/net8.0/Native.dll": {} },
              "runtimeTargets": {
                "runtimes/any/lib/net8.0/Native.dll": { "rid": "any", "assetType": "runtime" },
                "runtimes/{{own}}/lib/net8.0/Native.dll": { "rid": "{{own}}", "assetType": "runtime" },
                "runtimes/{{own}}/native/native.so": { "rid": "{{own}}", "assetType": "native" },
                "runtimes/other/lib/net8.0/Native.dll": { "rid": "other", "assetType": "runtime" }
              }
            }
            """,
            ("Native", "package"));
        Touch($"runtimes/{own}/lib/net8.0/Native.dll");

        Assert.Equal(
            _folder.Combine("runtimes", own, "lib", "net8.0", "Native.dll"), DepsFile.ReadAssemblies(_folder.Combine("App.dll"))["Native"]);
    }

    [Fact]
    public void ReadAssemblies_AssetsOfOtherRuntimesOnly_TakesGenericOne()
    {
        Write(
            """
            "Native/1.0.0": {
              "runtime": { "lib/net8.0/Native.dll": {} },
              "runtimeTargets": { "runtimes/other/lib/net8.0/Native.dll": { "rid": "other", "assetType": "runtime" } }
            }
            """,
            ("Native", "package"));
        Touch("Native.dll");

        Assert.Equal(_folder.Combine("Native.dll"), DepsFile.ReadAssemblies(_folder.Combine("App.dll"))["Native"]);
    }

    [Fact]
    public void ReadAssemblies_LocalPath_IsFollowed()
    {
        Write("""
            "Package/1.0.0": { "runtime": { "lib/net8.0/Package.dll": { "localPath": "sub/Package.dll" } } }
            """, ("Package", "package"));
        Touch("sub/Package.dll");

        Assert.Equal(_folder.Combine("sub", "Package.dll"), DepsFile.ReadAssemblies(_folder.Combine("App.dll"))["Package"]);
    }

    private IEnumerable<string> Read() => DepsFile.ReadAssemblies(_folder.Combine("App.dll")).Keys.Order(StringComparer.Ordinal);

    private void Write(string target, params (string Name, string Type)[] libraries)
    {
        var types = new StringBuilder();
        foreach ((string name, string type) in libraries)
        {
            types.Append(types.Length == 0 ? string.Empty : ",");
            string version = name == "Package" && target.Contains("Package/2.0.0", StringComparison.Ordinal) ? "2.0.0" : "1.0.0";
            types.Append($$"""
                "{{name}}/{{version}}": { "type": "{{type}}" }
                """);
        }

        File.WriteAllText(
            _folder.Combine("App.deps.json"),
            $$"""
            { "runtimeTarget": { "name": ".NETCoreApp,Version=v10.0" }, "targets": { ".NETCoreApp,Version=v10.0": { {{target}} } }, "libraries": { {{types}} } }
            """);
    }

    private void Touch(params string[] files)
    {
        foreach (string file in files)
        {
            string path = _folder.Combine(file.Split('/'));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, file);
        }
    }
}
