using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using MarbleRun.Cli.Manifests;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Cli.Signatures;

/// <summary><c>marblerun manifest sign</c>: signs with a key in a file, or in two steps with a key that is stored elsewhere.</summary>
internal sealed class ManifestSigning(InvocationConfiguration console, TimeProvider timeProvider)
{
    public async Task<int> RunAsync(SignOptions options, CancellationToken cancellationToken)
    {
        Require(
            (options.Key is null) != (options.PublicKey is null),
            "Specify the owner's private key with --key, or, if it is stored elsewhere, the public key with --public-key.");
        Require(
            options.Signature is null || options.PublicKey is not null,
            "--signature requires --public-key, which identifies the signer.");
        Require(
            options.PublicKey is null || options.Sequence is not null,
            "--public-key requires --sequence, with the same value in both steps: it is part of the signed statement.");
        Require(options.Sequence is null or <= ManifestSignature.MaxSequence, $"--sequence is at most {ManifestSignature.MaxSequence}.");
        DateTimeOffset? notAfter = TimeText.Read("--not-after", options.NotAfter);
        Require(
            notAfter is null || notAfter > timeProvider.GetUtcNow(),
            $"--not-after {options.NotAfter} is in the past; the signature would never be valid.");
        byte[] manifest = await ManifestInput.ReadBytesAsync(options.Manifest, cancellationToken);
        string fingerprint = Manifest.ComputeFingerprint(manifest);
        ulong sequence = options.Sequence ?? (ulong)timeProvider.GetUtcNow().ToUnixTimeSeconds();

        ManifestSignature signature;
        if (options.PublicKey is { } publicKey)
        {
            OwnerKey owner = await OwnerKeyFile.ReadPublicAsync(publicKey, cancellationToken);
            if (options.Signature is not { } file)
            {
                return await WriteStatementAsync(owner, fingerprint, sequence, notAfter, options.Out, cancellationToken);
            }

            signature = Attach(owner, fingerprint, sequence, notAfter, await InputFile.ReadAsync(file, "signature", cancellationToken));
        }
        else
        {
            using AsymmetricAlgorithm key =
                await new OwnerKeyFile(console.Error).ReadPrivateAsync(options.Key!, options.PasswordFile, cancellationToken);
            signature = ManifestSignature.Sign(fingerprint, key, sequence, notAfter);
        }

        await WriteAsync(options, manifest, signature, cancellationToken);
        await console.Error.WriteLineAsync($"Signed manifest {fingerprint}: {signature}.");
        return ExitCodes.Ok;
    }

    private async Task<int> WriteStatementAsync(
        OwnerKey owner, string fingerprint, ulong sequence, DateTimeOffset? notAfter, string? path, CancellationToken cancellationToken)
    {
        byte[] statement = ManifestSignature.GetStatement(owner, fingerprint, sequence, notAfter);
        await OutputFile.WriteAsync(path, statement, console.Output, cancellationToken);
        await console.Error.WriteLineAsync(
            $"The owner must sign this statement ({owner.Algorithm}). Specify the signature with --signature, and keep the other options.");
        return ExitCodes.Ok;
    }

    private static ManifestSignature Attach(OwnerKey owner, string fingerprint, ulong sequence, DateTimeOffset? notAfter, byte[] bytes)
    {
        Require(
            bytes.Length is > 0 and <= ManifestSignature.MaxSignatureLength,
            $"The signature has {bytes.Length} bytes; it must have 1 to {ManifestSignature.MaxSignatureLength}.");
        var signature = new ManifestSignature(owner, fingerprint, sequence, notAfter, bytes);
        Require(
            signature.IsGenuine(),
            $"The signature was not created by the key {owner.Fingerprint} over the statement of this manifest, sequence number and end. "
            + $"It must be {owner.Algorithm}; ECDSA in DER, RSA with 32 bytes of salt.");
        return signature;
    }

    private async Task WriteAsync(SignOptions options, byte[] manifest, ManifestSignature signature, CancellationToken cancellationToken)
    {
        ImmutableArray<ManifestSignature> kept = options.Out is { } path && File.Exists(CommandEnvironment.Current.Resolve(path))
            ? await SignatureFile.ReadAsync(path, cancellationToken)
            : [];
        ImmutableArray<ManifestSignature> all =
            [.. kept.Where(k => !k.Key.Equals(signature.Key) || k.ManifestFingerprint != signature.ManifestFingerprint), signature];
        Require(all.Length <= ManifestSignature.MaxCount, string.Create(
            CultureInfo.InvariantCulture,
            $"{options.Out} has {ManifestSignature.MaxCount} signatures already. Write to another file with --out."));
        if (options.Request is { } request)
        {
            byte[] body = SignatureFile.WriteRequest(manifest, all.Where(s => s.ManifestFingerprint == signature.ManifestFingerprint));
            await OutputFile.WriteAsync(request, body, console.Output, cancellationToken);
        }

        if (options.Out is not null || options.Request is null)
        {
            await OutputFile.WriteAsync(options.Out, ManifestSignatures.Write(all), console.Output, cancellationToken);
        }
    }

    private static void Require(bool holds, string message)
    {
        if (!holds)
        {
            throw new InputException(message);
        }
    }
}
