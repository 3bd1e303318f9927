using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.InteropServices;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Simulation;

namespace MarbleRun.Tests.Attestation.Simulation;

public sealed class AppMetadataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void OfFile_Numbers_AreReadWithoutLoading()
    {
        Assert.Equal(
            new AppMetadata(42, 65535),
            AppMetadata.OfFile(Assembly(("MarbleProductId", "42"), ("Other", "x"), ("MarbleSecurityVersion", "65535"))));
        Assert.DoesNotContain(AppDomain.CurrentDomain.GetAssemblies(), a => a.GetName().Name == "Measured");
    }

    [Fact]
    public void OfFile_NoNumbers_AreOne()
    {
        Assert.Equal(new AppMetadata(1, 1), AppMetadata.OfFile(Assembly()));
    }

    [Theory]
    [InlineData("65536")]
    [InlineData("-1")]
    [InlineData("")]
    [InlineData(" 1")]
    [InlineData("one")]
    public void OfFile_NoNumber_SaysWhichPropertyToSet(string value)
    {
        AttestationException e = Assert.Throws<AttestationException>(() => AppMetadata.OfFile(Assembly(("MarbleProductId", value))));

        Assert.Contains("MarbleProductId", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OfFile_NoAssembly_IsNull()
    {
        string path = _folder.Combine("text.dll");
        File.WriteAllText(path, "no assembly");

        Assert.Null(AppMetadata.OfFile(path));
    }

    [Theory]
    [InlineData("linux", false, "linux-x64,linux,unix-x64,unix,any")]
    [InlineData("linux", true, "linux-musl-x64,linux-musl,linux-x64,linux,unix-x64,unix,any")]
    [InlineData("win", false, "win-x64,win,any")]
    public void RuntimeIdentifiers_OfSystem_GoFromNarrowToWide(string system, bool isMusl, string expected)
    {
        Assert.Equal(expected, string.Join(',', RuntimeIdentifiers.For(system, isMusl, Architecture.X64)));
    }

    private string Assembly(params (string Key, string Value)[] metadata)
    {
        var builder = new PersistedAssemblyBuilder(new AssemblyName("Measured"), typeof(object).Assembly);
        builder.DefineDynamicModule("Measured");
        ConstructorInfo constructor = typeof(AssemblyMetadataAttribute).GetConstructor([typeof(string), typeof(string)])!;
        foreach ((string key, string value) in metadata)
        {
            builder.SetCustomAttribute(new CustomAttributeBuilder(constructor, [key, value]));
        }

        string path = _folder.Combine("Measured.dll");
        builder.Save(path);
        return path;
    }
}
