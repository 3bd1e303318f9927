using MarbleRun.Coordinator.Secrets;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Secrets;

public sealed class SecretDerivationTests
{
    private static readonly byte[] s_rootSecret = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private static readonly Guid s_uuid = Guid.Parse("6F0C7A0E-4B5D-4B33-9C0E-0D6BF52CF1A2");

    [Theory]
    [InlineData("backend", "key", 16)]
    [InlineData("", "key", 32)]
    [InlineData("frontend", "größe", 100)]
    [Case("marble-api", "Keys are those of HKDF as others compute it")]
    public async Task Derive_AnyInput_EqualsHkdfOfOpenSsl(string marbleType, string name, int size)
    {
        string hex = await OpenSsl.RunAsync(
            "kdf",
            "-keylen", $"{size}",
            "-kdfopt", "digest:SHA256",
            "-kdfopt", $"hexkey:{Convert.ToHexString(s_rootSecret)}",
            "-kdfopt", $"hexsalt:{Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes("6f0c7a0e-4b5d-4b33-9c0e-0d6bf52cf1a2" + name))}",
            "-kdfopt", $"hexinfo:{Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(marbleType))}",
            "HKDF");

        byte[] key = SecretDerivation.Derive(s_rootSecret, s_uuid, name, marbleType, size);

        Assert.Equal(hex.Trim().Replace(":", string.Empty, StringComparison.Ordinal), Convert.ToHexString(key));
    }

    [Fact]
    [Trait("Security", "E6")]
    [Case("marble-api", "With binding, or as another instance, another key")]
    public void Derive_OtherTypeUuidNameOrRoot_GivesAnotherKey()
    {
        byte[] key = SecretDerivation.Derive(s_rootSecret, s_uuid, "key", "backend", 32);

        Assert.NotEqual(key, SecretDerivation.Derive(s_rootSecret, s_uuid, "key", "frontend", 32));
        Assert.NotEqual(key, SecretDerivation.Derive(s_rootSecret, s_uuid, "key", string.Empty, 32));
        Assert.NotEqual(
            key, SecretDerivation.Derive(s_rootSecret, Guid.Parse("6f0c7a0e-4b5d-4b33-9c0e-0d6bf52cf1a3"), "key", "backend", 32));
        Assert.NotEqual(key, SecretDerivation.Derive(s_rootSecret, s_uuid, "key2", "backend", 32));
        Assert.NotEqual(key, SecretDerivation.Derive(new byte[32], s_uuid, "key", "backend", 32));
        Assert.Equal(key, SecretDerivation.Derive(s_rootSecret, s_uuid, "key", "backend", 32));
    }

    [Fact]
    public void Derive_LongestSize_Works()
    {
        Assert.Equal(8160, SecretDerivation.Derive(s_rootSecret, s_uuid, "key", "backend", SecretDerivation.MaxSize).Length);
    }
}
