using System.Text;
using System.Text.Json;

namespace MarbleRun.Sdk.Tools;

/// <summary>Puts a measurement into the text of a manifest, and leaves every other byte, and so every line number, as it is.</summary>
internal static class PackageInsertion
{
    private const string Packages = "Packages";
    private const string UniqueId = "UniqueID";

    /// <summary>Inserts <c>UniqueID</c> as the first member of a package.</summary>
    /// <exception cref="BuildException">There is no such package, or it has a measurement already.</exception>
    /// <exception cref="JsonException">The text is no JSON.</exception>
    public static byte[] Insert(ReadOnlySpan<byte> manifest, string package, string uniqueId, string file)
    {
        var reader = new Utf8JsonReader(manifest);
        if (!reader.Read() || !Enter(ref reader, Packages, StringComparison.OrdinalIgnoreCase) || !Enter(ref reader, package, StringComparison.Ordinal))
        {
            throw new BuildException($"The manifest has no package '{package}' that is an object. Add \"{package}\": {{}} to its Packages.", file);
        }

        int start = (int)reader.BytesConsumed;
        bool isEmpty = true;
        int depth = reader.CurrentDepth;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            isEmpty = false;
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == depth + 1
                && string.Equals(reader.GetString(), UniqueId, StringComparison.OrdinalIgnoreCase))
            {
                throw new BuildException(
                    $"The package '{package}' has a {UniqueId} already, but the build is to measure it. Remove it there, or remove the MarbleProject from the project.", file);
            }
        }

        string member = $" \"{UniqueId}\": \"{uniqueId}\"{(isEmpty ? " " : ",")}";
        return [.. manifest[..start], .. Encoding.UTF8.GetBytes(member), .. manifest[start..]];
    }

    /// <summary>From the start of an object to the start of the object that is its member of this name.</summary>
    private static bool Enter(ref Utf8JsonReader reader, string name, StringComparison comparison)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool found = string.Equals(reader.GetString(), name, comparison);
            reader.Read();
            if (found)
            {
                return reader.TokenType == JsonTokenType.StartObject;
            }

            reader.Skip();
        }

        return false;
    }
}
