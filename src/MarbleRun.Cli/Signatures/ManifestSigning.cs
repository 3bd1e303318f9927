using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using MarbleRun.Cli.Manifests;
using MarbleRun.Manifests;

namespace MarbleRun.Cli.Signatures;

/// <summary><c>marblerun manifest sign</c>: with a key in a file, or in two steps with one that is elsewhere.</summary>
internal sealed class ManifestSigning(InvocationConfiguration console, TimeProvider timeProvider)
{
    public async Task<int> RunAsync(SignOptions options, CancellationToken cancellationToken)
    {
        Demand(
            (options.Key is null) != (options.PublicKey is null),
            "Give the owner's private key with --key, or, if it is elsewhere, the public one with --public-key.");
        Demand(options.Signature is null || options.PublicKey is not null, "--signature goes with --public-key: it says who signed.");
        Demand(
            options.PublicKey is null || options.Sequence is not null,
            "--public-key needs --sequence, the same in both steps: it is part of what is signed.");
        Demand(options.Sequence is null or <= ManifestSignature.MaxSequence, $"--sequence is {ManifestSignature.MaxSequence} at most.");
        DateTimeOffset? notAfter = TimeText.Read("--not-after", options.NotAfter);
        Demand(
            notAfter is null || notAfter > timeProvider.GetUtcNow(),
            $"--not-after {options.NotAfter} is past; the signature would never be good.");
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
        return ExitCodes.Accepted;
    }

    private async Task<int> WriteStatementAsync(
        OwnerKey owner, string fingerprint, ulong sequence, DateTimeOffset? notAfter, string? path, CancellationToken cancellationToken)
    {
        byte[] statement = ManifestSignature.GetStatement(owner, fingerprint, sequence, notAfter);
        await OutputFile.WriteAsync(path, statement, console.Output, cancellationToken);
        await console.Error.WriteLineAsync(
            $"This is what the owner signs ({owner.Algorithm}). Give the signature with --signature, and the other options as they are.");
        return ExitCodes.Accepted;
    }

    private static ManifestSignature Attach(OwnerKey owner, string fingerprint, ulong sequence, DateTimeOffset? notAfter, byte[] bytes)
    {
        Demand(
            bytes.Length is > 0 and <= ManifestSignature.MaxSignatureLength,
            $"The signature has {bytes.Length} bytes; 1 to {ManifestSignature.MaxSignatureLength} are possible.");
        var signature = new ManifestSignature(owner, fingerprint, sequence, notAfter, bytes);
        Demand(
            signature.IsGenuine(),
            $"The signature is not by the key {owner.Fingerprint} over the statement of this manifest, sequence and end. "
            + $"It must be {owner.Algorithm}; ECDSA in DER, RSA with 32 bytes of salt.");
        return signature;
    }

    private async Task WriteAsync(SignOptions options, byte[] manifest, ManifestSignature signature, CancellationToken cancellationToken)
    {
        ImmutableArray<ManifestSignature> kept = options.Out is { } path && File.Exists(path)
            ? await SignatureFile.ReadAsync(path, cancellationToken)
            : [];
        ImmutableArray<ManifestSignature> all =
            [.. kept.Where(k => !k.Key.Equals(signature.Key) || k.ManifestFingerprint != signature.ManifestFingerprint), signature];
        Demand(all.Length <= ManifestSignature.MaxCount, string.Create(
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

    private static void Demand(bool holds, string message)
    {
        if (!holds)
        {
            throw new InputException(message);
        }
    }
}
