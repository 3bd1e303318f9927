using MarbleRun.AspNetCore.KeyRings;
using MarbleRun.Hosting;
using MarbleRun.Secrets;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Microsoft.AspNetCore.DataProtection;

/// <summary>Protects the key ring of ASP.NET Core data protection with a secret of the mesh.</summary>
public static class MarbleDataProtectionBuilderExtensions
{
    /// <summary>
    /// Encrypts the stored key ring with AES-256-GCM, under a key that HKDF-SHA-256 derives from a secret that the manifest gives this
    /// Marble. All Marbles with that secret and that storage use the same keys, and the storage may belong to the untrusted host.
    /// </summary>
    /// <param name="builder">The result of <c>AddDataProtection()</c>, with a <c>PersistKeysTo…</c> call.</param>
    /// <param name="name">
    /// The name of the variable or file in the manifest that has the secret: at least 32 bytes, as they are, in hex or in Base64.
    /// </param>
    /// <param name="previous">
    /// The name of an earlier secret that decrypts stored keys too; null for none. New keys are encrypted with the other one.
    /// </param>
    /// <returns>The same builder.</returns>
    /// <remarks>
    /// Whole elements are encrypted, with the identifiers and dates of the keys, and every other element of the storage is refused with a
    /// warning in the log, also a key without encryption. The owner of the storage can still delete an element, or put an old one back. The
    /// host does not start if the manifest does not give the secrets.
    /// </remarks>
    /// <exception cref="InvalidOperationException">It was called before for these services.</exception>
    public static IDataProtectionBuilder ProtectKeysWithMarbleSecret(
        this IDataProtectionBuilder builder, string name, string? previous = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (builder.Services.Any(s => s.ServiceType == typeof(KeyRingProtection)))
        {
            throw new InvalidOperationException(
                $"{nameof(ProtectKeysWithMarbleSecret)} was called before. Call it once, with the previous secret as second argument.");
        }

        builder.Services.AddSingleton(services =>
        {
            MarbleServices.ThrowIfMissing(services, nameof(ProtectKeysWithMarbleSecret));
            return new KeyRingProtection(services.GetRequiredService<MarbleSecrets>(), name, previous);
        });
        builder.Services.AddSingleton<IHostedService>(s => s.GetRequiredService<KeyRingProtection>());
        builder.Services.AddOptions<KeyManagementOptions>().PostConfigure<IServiceProvider>(Protect);
        return builder;
    }

    private static void Protect(KeyManagementOptions options, IServiceProvider services)
    {
        options.XmlRepository = new KeyRingRepository(
            options.XmlRepository ?? throw new InvalidOperationException(
                $"{nameof(ProtectKeysWithMarbleSecret)} needs a place for the key ring. Call PersistKeysToFileSystem(…) or another "
                + "PersistKeysTo… method, with a place that all instances share."),
            services.GetRequiredService<KeyRingProtection>(),
            services.GetRequiredService<ILogger<KeyRingRepository>>());

        // The repository encrypts. Without an encryptor, data protection warns that keys are stored in plaintext.
        options.XmlEncryptor ??= new NullXmlEncryptor();
    }
}
