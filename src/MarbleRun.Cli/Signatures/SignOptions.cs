namespace MarbleRun.Cli.Signatures;

/// <summary>The user's options of <c>manifest sign</c>.</summary>
internal sealed record SignOptions(string Manifest)
{
    /// <summary>The file of the private key, or null.</summary>
    public string? Key { get; init; }

    /// <summary>The file whose first line is the key's password, or null to ask.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>The file of the public key, if the private key is stored elsewhere.</summary>
    public string? PublicKey { get; init; }

    /// <summary>The file of a signature that was created elsewhere.</summary>
    public string? Signature { get; init; }

    public ulong? Sequence { get; init; }

    public string? NotAfter { get; init; }

    /// <summary>The file for the signatures; null for standard output.</summary>
    public string? Out { get; init; }

    /// <summary>The file for a request that sets the manifest with its signatures, or null.</summary>
    public string? Request { get; init; }
}
