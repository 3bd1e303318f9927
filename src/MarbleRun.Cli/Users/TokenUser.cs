using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Users;

/// <summary>A user whose certificate and private key are in a token.</summary>
internal static class TokenUser
{
    /// <exception cref="InputException">The token, the key or the certificate can't be used.</exception>
    public static async Task<X509Certificate2> ReadAsync(CommandRun run)
    {
        // The session lasts as long as the certificate, which OpenSSL uses, so that it ends with the process.
        Token token = await Token.OpenAsync(run, run.Arguments.GetRequiredValue(TokenOptions.Config)!);
        try
        {
            TokenKey key = token.GetKey(new TokenObject(
                "private key", run.Arguments.GetValue(TokenOptions.KeyId), run.Arguments.GetValue(TokenOptions.KeyLabel)));
            var name = new TokenObject(
                "certificate", run.Arguments.GetValue(TokenOptions.CertificateId), run.Arguments.GetValue(TokenOptions.CertificateLabel));
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(token.GetCertificate(name));
            return TokenTls.Join(certificate, key, name);
        }
        catch (CryptographicException e)
        {
            token.Dispose();
            throw new InputException($"The certificate in the token can't be used: {e.Message}", e);
        }
        catch (InputException)
        {
            token.Dispose();
            throw;
        }
    }
}
