namespace MarbleRun.Manifests;

/// <summary>The values of <see cref="ManifestFile.Encoding"/>, compared without regard to case; empty means the first.</summary>
internal static class FileEncodings
{
    public static IReadOnlyList<string> All { get; } = ["string", "base64", "hex"];
}
