using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Activation;

/// <summary>
/// Which Coordinator a Marble obeys. Whoever answers an activation gives the process its identity, its files and its variables; so the Marble
/// must know who that is, and must know it from what is measured: set in code, or embedded in the entry assembly by the build.
/// </summary>
/// <remarks>
/// An instance does not change, and has no constructor and no setter that a configuration binder could use: what the host says can only add
/// requirements (<see cref="MarbleOptions.CoordinatorRequirements"/>). Where several roots are listed, any one of them will do, so that one can
/// follow another.
/// </remarks>
public sealed class CoordinatorTrust
{
    private const int FingerprintLength = 64;

    private CoordinatorTrust(ImmutableArray<string> roots)
    {
        Roots = roots;
    }

    /// <summary>
    /// No trust at all, said on purpose: whatever answers is obeyed. Each start warns of it. For experiments, and for meshes whose hosts are trusted.
    /// </summary>
    public static CoordinatorTrust None { get; } = new([]);

    /// <summary>SHA-256 of the root certificates that are accepted, 64 lower-case hex digits each; empty if none is pinned.</summary>
    public ImmutableArray<string> Roots { get; }

    /// <summary>Whether nothing is asked for.</summary>
    public bool IsNone => Roots.IsEmpty;

    /// <summary>Trusts deployments by their root certificate. It stays the same for the life of a deployment, updates of the manifest included.</summary>
    /// <param name="roots">
    /// SHA-256 of each certificate's DER, in hex of either case; colons between the bytes, as OpenSSL prints them, are allowed. At least one.
    /// </param>
    /// <exception cref="ArgumentException">There is none, or one is no such fingerprint.</exception>
    public static CoordinatorTrust PinRoots(params IEnumerable<string> roots)
    {
        ArgumentNullException.ThrowIfNull(roots);
        ImmutableArray<string> read = [.. roots.Select(r => TryReadFingerprint(r, out string fingerprint)
            ? fingerprint
            : throw new ArgumentException($"'{r}' is no SHA-256 of a root certificate: write 64 hex digits.", nameof(roots)))];
        return read.IsEmpty ? throw new ArgumentException("No root is listed. Give at least one, or use CoordinatorTrust.None.", nameof(roots)) : new CoordinatorTrust(read);
    }

    /// <summary>The fingerprint that <see cref="PinRoots"/> takes.</summary>
    /// <param name="root">The root certificate.</param>
    public static string FingerprintOf(X509Certificate2 root)
    {
        ArgumentNullException.ThrowIfNull(root);
        return Convert.ToHexStringLower(SHA256.HashData(root.RawDataMemory.Span));
    }

    /// <summary>Reads the form in which a build embeds it (<c>marble-trust.json</c>); see docs/getting-started.md.</summary>
    /// <param name="json">JSON in UTF-8.</param>
    /// <exception cref="FormatException">It is not that form; the sentence says where and what to write.</exception>
    public static CoordinatorTrust Parse(ReadOnlySpan<byte> json) => TrustFile.Read(json);

    /// <summary>What is asked for, in a few words.</summary>
    public override string ToString() => IsNone ? "any Coordinator" : $"a Coordinator with the root certificate {string.Join(" or ", Roots)}";

    internal static bool TryReadFingerprint(string? text, out string fingerprint)
    {
        fingerprint = (text ?? string.Empty).Replace(":", string.Empty, StringComparison.Ordinal).ToLowerInvariant();
        return fingerprint.Length == FingerprintLength && fingerprint.All(char.IsAsciiHexDigit);
    }
}
