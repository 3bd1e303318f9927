using System.Buffers;
using System.Text;
using System.Text.Json;
using MarbleRun.Manifests;
using YamlDotNet.Core;

namespace MarbleRun.Cli.Manifests;

/// <summary>Converts a manifest in YAML to the JSON that a Coordinator accepts, and maps places in the JSON to the YAML text.</summary>
internal sealed class YamlManifest
{
    private const char ByteOrderMark = '\ufeff';

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ArrayBufferWriter<byte> _json = new();
    private readonly List<int> _offsets = [];
    private readonly List<Mark> _places = [];

    private YamlManifest()
    {
    }

    /// <summary>The JSON text, one line.</summary>
    public byte[] Json => _json.WrittenSpan.ToArray();

    /// <exception cref="YamlFaultException">The content is not YAML, or cannot be converted to JSON.</exception>
    public static YamlManifest Read(byte[] content)
    {
        var manifest = new YamlManifest();
        using var writer = new Utf8JsonWriter(manifest._json, new JsonWriterOptions { MaxDepth = YamlReader.MaxDepth + 1 });
        manifest.Write(writer, YamlReader.Read(Decode(content)), 0);
        writer.Flush();
        return manifest;
    }

    /// <summary>Returns the problem with its place in the YAML text instead of the JSON text.</summary>
    public ManifestProblem Locate(ManifestProblem problem)
    {
        if (problem.Column is not { } column)
        {
            return problem;
        }

        int found = _offsets.BinarySearch(column - 1);
        Mark place = _places[found >= 0 ? found : Math.Max(0, ~found - 1)];
        return problem with { Line = (int)place.Line, Column = (int)place.Column };
    }

    private static string Decode(byte[] content)
    {
        try
        {
            return s_strictUtf8.GetString(content).TrimStart(ByteOrderMark);
        }
        catch (DecoderFallbackException e)
        {
            throw new YamlFaultException($"byte {e.Index} is not UTF-8", new Mark(0, 1, 1), "Save the file as UTF-8.", e);
        }
    }

    private void Write(Utf8JsonWriter writer, YamlNode node, int depth)
    {
        // Aliases can repeat values that repeat values: the limits apply to the output.
        if (depth > YamlReader.MaxDepth
            || _offsets.Count > YamlReader.MaxNodes
            || writer.BytesCommitted + writer.BytesPending > Manifest.MaxLength)
        {
            throw new YamlFaultException("the aliases make the manifest too large", node.Place, "Use fewer aliases.");
        }

        Remember(writer, node);
        switch (node)
        {
            case YamlNode.Scalar scalar:
                YamlScalars.Write(writer, scalar);
                break;

            case YamlNode.Sequence sequence:
                writer.WriteStartArray();
                sequence.Items.ForEach(item => Write(writer, item, depth + 1));
                writer.WriteEndArray();
                break;

            case YamlNode.Mapping mapping:
                writer.WriteStartObject();
                foreach ((YamlNode.Scalar name, YamlNode value) in mapping.Entries)
                {
                    Remember(writer, name);
                    writer.WritePropertyName(YamlScalars.NameOf(name));
                    Write(writer, value, depth + 1);
                }

                writer.WriteEndObject();
                break;
        }
    }

    private void Remember(Utf8JsonWriter writer, YamlNode node)
    {
        _offsets.Add((int)(writer.BytesCommitted + writer.BytesPending));
        _places.Add(node.Place);
    }
}
