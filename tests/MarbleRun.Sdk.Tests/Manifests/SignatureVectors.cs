using System.Collections.Immutable;
using System.Text;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Signatures;
using MarbleRun.TestSupport;

namespace MarbleRun.Sdk.Tests.Manifests;

/// <summary>The example of <c>docs/manifest-signatures.md</c>, which OpenSSL made.</summary>
internal static class SignatureVectors
{
    private static readonly string s_document = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "docs", "manifest-signatures.md"));

    public static string Statement { get; } = Block("<!-- part: statement -->\n```text\n");

    public static string Json { get; } = Block("<!-- example -->\n```json\n");

    public static string Fingerprint { get; } = Manifest.ComputeFingerprint(
        Encoding.UTF8.GetBytes(Block("<!-- part: manifest -->\n```json\n")));

    public static ImmutableArray<ManifestSignature> Signatures => ManifestSignatures.Parse(Encoding.UTF8.GetBytes(Json));

    private static string Block(string start)
    {
        int begin = s_document.IndexOf(start, StringComparison.Ordinal) + start.Length;
        return s_document[begin..s_document.IndexOf("```", begin, StringComparison.Ordinal)];
    }
}
