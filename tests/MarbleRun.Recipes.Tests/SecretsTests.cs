using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Secrets;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MarbleRun.Recipes.Tests;

/// <summary>docs/recipes.md, keys and certificates of the manifest, and data protection: with secrets of a real Coordinator.</summary>
public sealed class SecretsTests : RecipeTest
{
    [Fact]
    public async Task Secrets_OfTwoInstances_AreTheKeyAndCertificateOfTheManifest()
    {
        using IHost first = await RecipeMesh.StartWorkerAsync(Mesh, "web");
        using IHost second = await RecipeMesh.StartWorkerAsync(Mesh, "web");
        byte[] order = "tea"u8.ToArray();

        using ECDsa key = first.Services.GetRequiredService<MarbleSecrets>().GetECDsaKey("SIGNING_KEY");
        byte[] signature = key.SignData(order, HashAlgorithmName.SHA256);

        using X509Certificate2 certificate =
            second.Services.GetRequiredService<MarbleSecrets>().GetCertificate("SIGNING_CERTIFICATE", keyName: "SIGNING_KEY");
        using ECDsa publicKey = certificate.GetECDsaPublicKey()!;
        Assert.True(certificate.HasPrivateKey);
        Assert.True(publicKey.VerifyData(order, signature, HashAlgorithmName.SHA256));
    }

    [Fact]
    public async Task DataProtection_OfTwoInstances_SharesPayloadsOverAFolderThatShowsNoKey()
    {
        using IHost first = await StartAsync("web");
        using IHost second = await StartAsync("web");

        string payload = Protector(first).Protect("tea");

        Assert.Equal("tea", Protector(second).Unprotect(payload));
        string stored = await File.ReadAllTextAsync(Assert.Single(Directory.EnumerateFiles(Folder.Path, "key-*.xml")), Token);
        Assert.Contains("<marbleProtectedKey", stored, StringComparison.Ordinal);
        Assert.DoesNotContain("masterKey", stored, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DataProtection_OfATypeWithoutTheSecret_DoesNotStart()
    {
        KeyNotFoundException exception = await Assert.ThrowsAsync<KeyNotFoundException>(() => StartAsync("intruder"));

        Assert.StartsWith("The manifest gives this Marble no variable or file 'KEY_RING'.", exception.Message, StringComparison.Ordinal);
    }

    private static IDataProtector Protector(IHost host) =>
        host.Services.GetRequiredService<IDataProtectionProvider>().CreateProtector("cookies");

    private Task<IHost> StartAsync(string marbleType) => RecipeMesh.StartWorkerAsync(
        Mesh,
        marbleType,
        builder => builder.Services.AddDataProtection()
            .SetApplicationName("shop")
            .PersistKeysToFileSystem(new DirectoryInfo(Folder.Path))
            .ProtectKeysWithMarbleSecret("KEY_RING"));
}
