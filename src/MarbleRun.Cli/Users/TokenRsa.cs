using System.Security.Cryptography;
using MarbleRun.Cli.Users.Pkcs11;

namespace MarbleRun.Cli.Users;

/// <summary>An RSA key in a token: signs by PKCS#1 v1.5, and decrypts by OAEP. It can't be exported.</summary>
internal sealed class TokenRsa : RSA
{
    private readonly Token _token;
    private readonly TokenKey _key;
    private readonly RSAParameters _public;

    public TokenRsa(Token token, TokenKey key)
    {
        _token = token;
        _key = key;
        _public = key.RsaParameters;
        KeySizeValue = _public.Modulus!.Length * 8;
    }

    public override RSAParameters ExportParameters(bool includePrivateParameters) =>
        includePrivateParameters ? throw new CryptographicException("The key does not leave its token.") : _public;

    public override void ImportParameters(RSAParameters parameters) => throw new NotSupportedException();

    /// <exception cref="CommandException">The token refuses.</exception>
    public override byte[] SignHash(byte[] hash, HashAlgorithmName hashAlgorithm, RSASignaturePadding padding)
    {
        if (hashAlgorithm != HashAlgorithmName.SHA256 || padding != RSASignaturePadding.Pkcs1)
        {
            throw new NotSupportedException();
        }

        // DigestInfo of SHA-256 (RFC 8017, 9.2, note 1): the token adds the padding.
        byte[] info =
        [
            0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20, .. hash,
        ];
        return Ask(() => _key.Sign(Mechanism.RsaPkcs, info), "signs nothing");
    }

    /// <exception cref="CommandException">The token refuses.</exception>
    /// <exception cref="CryptographicException">The data were not encrypted with this key.</exception>
    public override byte[] Decrypt(byte[] data, RSAEncryptionPadding padding)
    {
        if (padding != RSAEncryptionPadding.OaepSHA256)
        {
            throw new NotSupportedException();
        }

        // Tokens answer a number that is not below the modulus (RFC 8017, 5.1.2) in different ways, also as their own failure.
        if (data.Length != _public.Modulus!.Length || data.AsSpan().SequenceCompareTo(_public.Modulus) >= 0)
        {
            throw new CryptographicException("The data are not below the modulus of the key: they were encrypted with another one.");
        }

        try
        {
            return _key.Decrypt(Mechanism.RsaPkcsOaep, data);
        }
        catch (Pkcs11Exception e) when (e.Code is ReturnCode.CKR_ENCRYPTED_DATA_INVALID or ReturnCode.CKR_ENCRYPTED_DATA_LEN_RANGE)
        {
            throw new CryptographicException(Token.Describe(e), e);
        }
        catch (Pkcs11Exception e) when (
            e.Code is ReturnCode.CKR_ARGUMENTS_BAD or ReturnCode.CKR_MECHANISM_INVALID or ReturnCode.CKR_MECHANISM_PARAM_INVALID
                or ReturnCode.CKR_FUNCTION_FAILED)
        {
            // Some tokens know OAEP with SHA-1 only. They decrypt, and the padding is removed here.
            byte[] block = Ask(() => _key.Decrypt(Mechanism.RsaX509, data), "does not support decryption");
            try
            {
                return Oaep.Unpad(block, KeySize / 8);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(block);
            }
        }
        catch (Pkcs11Exception e)
        {
            throw Refused(e, "does not support decryption");
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _token.Dispose();
        }

        base.Dispose(disposing);
    }

    private byte[] Ask(Func<byte[]> ask, string failure)
    {
        try
        {
            return ask();
        }
        catch (Pkcs11Exception e)
        {
            throw Refused(e, failure);
        }
    }

    private CommandException Refused(Pkcs11Exception e, string failure) =>
        new(ExitCodes.Failed, $"The {_key.Name} {failure}: {Token.Describe(e)}.", e);
}
