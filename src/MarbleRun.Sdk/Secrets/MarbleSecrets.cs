using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Identity;
using Microsoft.Extensions.Primitives;

namespace MarbleRun.Secrets;

/// <summary>
/// The values that the manifest gave this Marble, by the name of the variable (<c>Env</c>) or file (<c>Files</c>) in the Marble's
/// <c>Parameters</c>, as bytes, keys and certificates. <c>AddMarble()</c> registers it as a service.
/// </summary>
/// <remarks>
/// The values come from the Coordinator's reply, not from the environment or the disk, so that nothing outside this process can replace
/// them. They are available after the activation. A renewal of the identity replaces them if the manifest or a secret was changed: read
/// them when you need them, or register on <see cref="GetChangeToken"/>. The identity (<c>MARBLE_PREDEFINED_…</c>) is not among them: use
/// <see cref="IMarbleIdentityProvider"/>. Messages of exceptions contain names and never values.
/// </remarks>
public sealed class MarbleSecrets
{
    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private SecretSource _source;

    internal MarbleSecrets()
        : this(new SecretSource(null))
    {
    }

    internal MarbleSecrets(SecretSource source)
    {
        _source = source;
    }

    /// <summary>Gets the names of all variables and files of the manifest, in byte order.</summary>
    /// <exception cref="MarbleNotActivatedException">This process is not activated yet.</exception>
    public IReadOnlyList<string> Names => Values.Names;

    private SecretValues Values => Volatile.Read(ref _source).Values ?? throw new MarbleNotActivatedException(
        "This process has not been activated by the Coordinator yet, so it has no values from the manifest. With AddMarble() the "
        + "activation happens while the host starts; use MarbleSecrets after that, or activate earlier with builder.AddMarble().");

    /// <summary>Gets the bytes of a value exactly as its template renders them: those of <c>hex</c> are the digits.</summary>
    /// <param name="name">The name of the variable or file in the manifest.</param>
    /// <returns>A copy, which the caller can clear.</returns>
    /// <exception cref="KeyNotFoundException">The manifest has no such name, or a variable and a file of it.</exception>
    /// <exception cref="MarbleNotActivatedException">This process is not activated yet.</exception>
    public byte[] GetBytes(string name) => Find(name, name.Contains('/') ? "{{ raw .Secrets.x }}" : "{{ hex .Secrets.x }}").ToArray();

    /// <summary>Gets a value as text. The memory of a string cannot be cleared: prefer keys and bytes.</summary>
    /// <param name="name">The name of the variable or file in the manifest.</param>
    /// <exception cref="KeyNotFoundException">The manifest has no such name, or a variable and a file of it.</exception>
    /// <exception cref="InvalidDataException">The value is not UTF-8.</exception>
    /// <exception cref="MarbleNotActivatedException">This process is not activated yet.</exception>
    public string GetText(string name)
    {
        ReadOnlyMemory<byte> value = Find(name, "{{ string .Secrets.x }}");
        try
        {
            return s_strictUtf8.GetString(value.Span);
        }
        catch (DecoderFallbackException)
        {
            // Without the cause: its message contains bytes of the value.
            throw SecretFailures.NotText(name);
        }
    }

    /// <summary>Gets an ECDSA key. It includes the private key if the value does.</summary>
    /// <param name="name">The name of a variable or file with one key as PEM: PKCS#8, or a public key.</param>
    /// <returns>A new object, which the caller disposes.</returns>
    /// <exception cref="KeyNotFoundException">The manifest has no such name, or a variable and a file of it.</exception>
    /// <exception cref="CryptographicException">The value is not one ECDSA key as PEM.</exception>
    /// <exception cref="MarbleNotActivatedException">This process is not activated yet.</exception>
    public ECDsa GetECDsaKey(string name) => ReadKey(name, "ECDSA", "\"Type\": \"cert-ecdsa\", \"Size\": 256", ECDsa.Create());

    /// <summary>Gets an RSA key. It includes the private key if the value does.</summary>
    /// <param name="name">The name of a variable or file with one key as PEM: PKCS#8, or a public key.</param>
    /// <returns>A new object, which the caller disposes.</returns>
    /// <exception cref="KeyNotFoundException">The manifest has no such name, or a variable and a file of it.</exception>
    /// <exception cref="CryptographicException">The value is not one RSA key as PEM.</exception>
    /// <exception cref="MarbleNotActivatedException">This process is not activated yet.</exception>
    public RSA GetRSAKey(string name) => ReadKey(name, "RSA", "\"Type\": \"cert-rsa\", \"Size\": 3072", RSA.Create());

    /// <summary>Gets a certificate: the first one of a value that contains several.</summary>
    /// <param name="name">The name of a variable or file with the certificate as PEM.</param>
    /// <param name="keyName">
    /// The name of a variable or file with its private key as PEM, PKCS#8; it may be the same name. Null for a certificate without key.
    /// </param>
    /// <returns>A new object, which the caller disposes.</returns>
    /// <exception cref="KeyNotFoundException">The manifest has no such name, or a variable and a file of it.</exception>
    /// <exception cref="CryptographicException">
    /// The value is not a certificate as PEM, or the other value is not its private key.
    /// </exception>
    /// <exception cref="MarbleNotActivatedException">This process is not activated yet.</exception>
    public X509Certificate2 GetCertificate(string name, string? keyName = null)
    {
        using ValueText text = ValueText.Read(Find(name, SecretFailures.CertificateTemplate).Span);
        using ValueText? key = keyName is null ? null : ValueText.Read(Find(keyName, SecretFailures.PrivateKeyTemplate).Span);
        X509Certificate2 certificate;
        try
        {
            certificate = X509Certificate2.CreateFromPem(text.Value);
        }
        catch (CryptographicException)
        {
            throw SecretFailures.NotCertificate(name);
        }

        if (key is null)
        {
            return certificate;
        }

        using (certificate)
        {
            try
            {
                return X509Certificate2.CreateFromPem(text.Value, key.Value);
            }
            catch (Exception e) when (e is CryptographicException or ArgumentException)
            {
                throw SecretFailures.NotKeyOf(name, keyName!);
            }
        }
    }

    /// <summary>Returns a token that signals the next change of values: the activation, or a renewal that brought other ones.</summary>
    /// <returns>A token for one change: <c>ChangeToken.OnChange(secrets.GetChangeToken, …)</c> asks for the next one by itself.</returns>
    public IChangeToken GetChangeToken() => Volatile.Read(ref _source).ChangeToken;

    /// <summary>Returns the kind of the class alone: objects are logged and shown.</summary>
    public override string ToString() => nameof(MarbleSecrets);

    /// <summary>Takes over the values of an activation, and of the renewals after it.</summary>
    internal void Take(MarbleSecrets activated) => Interlocked.Exchange(ref _source, activated._source).Notify();

    /// <param name="name">The name in the manifest.</param>
    /// <param name="template">What the manifest could have.</param>
    internal ReadOnlyMemory<byte> Find(string name, string template)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Values.TryGet(name, out ReadOnlyMemory<byte> value) ? value : throw SecretFailures.Missing(name, template, Values.Names);
    }

    private TKey ReadKey<TKey>(string name, string kind, string type, TKey key)
        where TKey : AsymmetricAlgorithm
    {
        bool isRead = false;
        try
        {
            using ValueText text = ValueText.Read(Find(name, SecretFailures.PrivateKeyTemplate).Span);
            key.ImportFromPem(text.Value);
            isRead = true;
            return key;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException { ParamName: "input" })
        {
            throw SecretFailures.NotKey(name, kind, type);
        }
        finally
        {
            if (!isRead)
            {
                key.Dispose();
            }
        }
    }
}
