using System.Security.Cryptography;
using MarbleRun.Cli.Users;

namespace MarbleRun.Cli.Tests.Users;

/// <summary>The padding of tokens that only decrypt, against that of OpenSSL.</summary>
public sealed class OaepTests
{
    private const int Size = 256;

    [Fact]
    public void Unpad_BlockOfOpenSsl_GivesTheMessage()
    {
        using var key = RSA.Create(Size * 8);
        foreach (int length in new[] { 0, 16, 32, 33, 190 })
        {
            byte[] message = RandomNumberGenerator.GetBytes(length);

            Assert.Equal(message, Oaep.Unpad(Block(key, message), Size));
        }
    }

    [Fact]
    public void Unpad_BlockWithoutItsFirstZero_GivesTheMessage()
    {
        using var key = RSA.Create(Size * 8);

        Assert.Equal([1, 2, 3], Oaep.Unpad(Block(key, [1, 2, 3]).AsSpan(1), Size));
    }

    [Fact]
    public void Unpad_ChangedBlock_IsRefused()
    {
        using var key = RSA.Create(Size * 8);
        byte[] block = Block(key, new byte[190]);
        foreach (int position in new[] { 0, 1, 32, 33, 64, 65 })
        {
            byte[] changed = [.. block];
            changed[position] ^= 0x40;

            Assert.Throws<CryptographicException>(() => Oaep.Unpad(changed, Size));
        }

        Assert.Throws<CryptographicException>(() => Oaep.Unpad(RandomNumberGenerator.GetBytes(Size), Size));
        Assert.Throws<CryptographicException>(() => Oaep.Unpad([], Size));
        Assert.Throws<CryptographicException>(() => Oaep.Unpad(new byte[Size + 1], Size));
    }

    /// <summary>The ciphertext to the power of d: what a token gives that removes no padding.</summary>
    private static byte[] Block(RSA key, byte[] message)
    {
        RSAParameters parameters = key.ExportParameters(includePrivateParameters: true);
        var power = System.Numerics.BigInteger.ModPow(
            Number(key.Encrypt(message, RSAEncryptionPadding.OaepSHA256)), Number(parameters.D!), Number(parameters.Modulus!));
        byte[] block = new byte[Size];
        byte[] bytes = power.ToByteArray(isUnsigned: true, isBigEndian: true);
        bytes.CopyTo(block, Size - bytes.Length);
        return block;
    }

    private static System.Numerics.BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);
}
