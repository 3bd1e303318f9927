using System.Security.Cryptography;
using System.Xml.Linq;
using MarbleRun.Secrets;
using Microsoft.Extensions.Hosting;

namespace MarbleRun.AspNetCore.KeyRings;

/// <summary>
/// The current secret of a key ring, which encrypts, and the previous one, which decrypts. The start of the host fails if the manifest does
/// not give them: data protection itself would log that and go on.
/// </summary>
internal sealed class KeyRingProtection(MarbleSecrets secrets, string name, string? previous) : IHostedService
{
    private readonly Lazy<KeyRingSecret[]> _secrets = new(
        () => [.. new[] { name, previous }.OfType<string>().Select(n => KeyRingSecret.Derive(secrets, n))],
        LazyThreadSafetyMode.PublicationOnly);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _ = _secrets.Value;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public XElement Seal(XElement element) => _secrets.Value[0].Seal(element);

    /// <exception cref="CryptographicException">The element is refused; the message has the reason.</exception>
    public XElement Open(XElement element) => Array.Find(_secrets.Value, s => s.IsOf(element)) is { } secret
        ? secret.Open(element)
        : throw new CryptographicException(element.Name == KeyRingSecret.ElementName
            ? "Another secret than the Marble's encrypted it."
            : "It is not encrypted with a secret of the mesh.");
}
