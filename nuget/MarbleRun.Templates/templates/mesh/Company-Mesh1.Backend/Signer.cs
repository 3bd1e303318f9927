using System.Security.Cryptography;
using System.Text;

namespace MeshNamespace1.Backend;

/// <summary>Signs with the key that the manifest gives to backend and gateway, which no other program has.</summary>
public sealed class Signer(IConfiguration configuration)
{
    /// <summary>HMAC-SHA256 of a text, as lower-case hex.</summary>
    public string Sign(string text)
    {
        byte[] key = Convert.FromHexString(
            configuration["GREETING_KEY"] ?? throw new InvalidOperationException("The manifest gives this Marble no GREETING_KEY."));
        return Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
    }
}
