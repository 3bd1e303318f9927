using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using MarbleRun.Secrets;

namespace MarbleRun.AspNetCore.KeyRings;

/// <summary>
/// A secret of the mesh that protects the elements of a key ring: AES-256-GCM over the whole element, under a key that HKDF-SHA-256
/// derives from the secret for this purpose alone.
/// </summary>
internal sealed class KeyRingSecret
{
    public const string ElementName = "marbleProtectedKey";

    private const int ShortestSecret = 32;
    private const int IdSize = 16;
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const string Template = "{{ hex .Secrets.x }}";
    private const string IdAttribute = "secret";
    private const string VersionAttribute = "version";
    private const string Version = "1";

    private readonly byte[] _key;
    private readonly byte[] _context;

    private KeyRingSecret(byte[] key, string id)
    {
        _key = key;
        Id = id;
        _context = Encoding.UTF8.GetBytes($"marblerun key ring element {Version} {id}");
    }

    /// <summary>Identifies the secret in a stored element; it does not reveal the secret.</summary>
    public string Id { get; }

    /// <param name="secrets">What the manifest gave.</param>
    /// <param name="name">The variable or file with the secret as bytes, hex or Base64; the three forms give the same key.</param>
    /// <exception cref="KeyNotFoundException">The manifest does not give it.</exception>
    /// <exception cref="InvalidOperationException">It is too short.</exception>
    public static KeyRingSecret Derive(MarbleSecrets secrets, string name)
    {
        byte[] secret = Decode(secrets.Find(name, Template).Span);
        try
        {
            if (secret.Length < ShortestSecret)
            {
                throw new InvalidOperationException(
                    $"The value of '{name}' in the manifest has {secret.Length} bytes, and a secret that protects a key ring needs at "
                    + $"least {ShortestSecret}. Use \"x\": {{ \"Type\": \"symmetric-key\", \"Size\": 256, \"Shared\": true }} and "
                    + $"{Template}.");
            }

            return new KeyRingSecret(
                Derive(secret, "encryption", 32), Convert.ToHexStringLower(Derive(secret, "identifier", IdSize)));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>Encrypts an element of the key ring, with its names, dates and key.</summary>
    public XElement Seal(XElement element)
    {
        byte[] plaintext = Encoding.UTF8.GetBytes(element.ToString(SaveOptions.DisableFormatting));
        try
        {
            byte[] content = new byte[NonceSize + plaintext.Length + TagSize];
            Span<byte> nonce = content.AsSpan(0, NonceSize);
            RandomNumberGenerator.Fill(nonce);
            using var cipher = new AesGcm(_key, TagSize);
            cipher.Encrypt(nonce, plaintext, content.AsSpan(NonceSize, plaintext.Length), content.AsSpan(^TagSize..), _context);
            return new XElement(
                ElementName,
                new XAttribute(VersionAttribute, Version),
                new XAttribute(IdAttribute, Id),
                Convert.ToBase64String(content));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    /// <summary>Whether an element names this secret.</summary>
    public bool IsOf(XElement element) =>
        element.Name == ElementName
        && (string?)element.Attribute(VersionAttribute) == Version
        && (string?)element.Attribute(IdAttribute) == Id;

    /// <summary>Decrypts an element.</summary>
    /// <exception cref="CryptographicException">The element was changed, or another secret encrypted it.</exception>
    public XElement Open(XElement element)
    {
        byte[] content = Read(element.Value);
        byte[] plaintext = new byte[content.Length - NonceSize - TagSize];
        try
        {
            using var cipher = new AesGcm(_key, TagSize);
            cipher.Decrypt(
                content.AsSpan(0, NonceSize), content.AsSpan(NonceSize, plaintext.Length), content.AsSpan(^TagSize..), plaintext, _context);
            return XElement.Parse(Encoding.UTF8.GetString(plaintext));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    private static byte[] Read(string text)
    {
        byte[] content = new byte[text.Length];
        return Convert.TryFromBase64String(text, content, out int length) && length > NonceSize + TagSize
            ? content[..length]
            : throw new CryptographicException("The element of the key ring is not Base64 of an encrypted element.");
    }

    private static byte[] Derive(byte[] secret, string purpose, int length) => HKDF.DeriveKey(
        HashAlgorithmName.SHA256, secret, length, info: Encoding.UTF8.GetBytes($"marblerun data protection key ring v1 {purpose}"));

    private static byte[] Decode(ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> text = value.Trim(" \t\r\n"u8);
        byte[] decoded = new byte[text.Length];
        if (text.Length > 0
            && text.Length % 2 == 0
            && Convert.FromHexString(text, decoded, out _, out int length) == OperationStatus.Done)
        {
            return Cut(decoded, length);
        }

        if (Base64.IsValid(text) && Base64.DecodeFromUtf8(text, decoded, out _, out length) == OperationStatus.Done)
        {
            return Cut(decoded, length);
        }

        CryptographicOperations.ZeroMemory(decoded);
        return value.ToArray();
    }

    private static byte[] Cut(byte[] decoded, int length)
    {
        byte[] secret = decoded[..length];
        CryptographicOperations.ZeroMemory(decoded);
        return secret;
    }
}
