namespace MarbleRun.Cli.Signatures;

/// <summary>What the user asked <c>manifest sign</c> for.</summary>
internal sealed record SignOptions(string Manifest)
{
    /// <summary>The file of the private key, or null.</summary>
    public string? Key { get; init; }

    /// <summary>The file whose first line is the key's password, or null to ask.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>The file of the public key, when the private one is elsewhere.</summary>
    public string? PublicKey { get; init; }

    /// <summary>The file of a signature that was made elsewhere.</summary>
    public string? Signature { get; init; }

    public ulong? Sequence { get; init; }

    public string? NotAfter { get; init; }

    /// <summary>Where the signatures go; null for standard output.</summary>
    public string? Out { get; init; }

    /// <summary>Where a request goes that sets the manifest with its signatures, or null.</summary>
    public string? Request { get; init; }
}
