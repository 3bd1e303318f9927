using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MarbleRun.Sdk.Tools;

/// <summary>Inserts measurements into the text of a manifest, and keeps every other byte, and so every line number, unchanged.</summary>
internal static class PackageInsertion
{
    private const string Packages = "Packages";

    /// <summary>Inserts the members that identify code at the start of a package.</summary>
    /// <param name="manifest">The text.</param>
    /// <param name="package">The name of the package.</param>
    /// <param name="members">Names, and values as JSON.</param>
    /// <param name="file">The file of the text.</param>
    /// <exception cref="BuildException">The package has such a member already.</exception>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public static byte[] Insert(
        ReadOnlySpan<byte> manifest, string package, IReadOnlyList<KeyValuePair<string, JsonNode>> members, string file)
    {
        if (!TryFind(manifest, package, out Utf8JsonReader reader))
        {
            throw new BuildException($"The manifest has no package '{package}' that is an object.", file);
        }

        int start = (int)reader.BytesConsumed;
        bool isEmpty = true;
        int depth = reader.CurrentDepth;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            isEmpty = false;
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == depth + 1
                && reader.GetString() is { } name && members.Any(m => string.Equals(m.Key, name, StringComparison.OrdinalIgnoreCase)))
            {
                throw new BuildException(
                    $"The package '{package}' already has a {name}, which the build measures. "
                + "Remove it from the package, or remove the MarbleProject from the project.", file);
            }
        }

        string text = string.Join(", ", members.Select(m => $"\"{m.Key}\": {m.Value.ToJsonString()}"));
        return [.. manifest[..start], .. Encoding.UTF8.GetBytes($" {text}{(isEmpty ? " " : ",")}"), .. manifest[start..]];
    }

    /// <summary>Whether the manifest has a package of this name that is an object.</summary>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public static bool Has(ReadOnlySpan<byte> manifest, string package) => TryFind(manifest, package, out _);

    private static bool TryFind(ReadOnlySpan<byte> manifest, string package, out Utf8JsonReader reader)
    {
        reader = new Utf8JsonReader(manifest);
        return reader.Read()
            && Enter(ref reader, Packages, StringComparison.OrdinalIgnoreCase)
            && Enter(ref reader, package, StringComparison.Ordinal);
    }

    /// <summary>Moves from the start of an object to the start of the object that is its member of this name.</summary>
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
