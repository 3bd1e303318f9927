using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace MarbleRun.Cli.Manifests;

/// <summary>Reads the single document of a YAML text, with limits for depth and the number of values.</summary>
internal sealed class YamlReader
{
    public const int MaxDepth = 64;

    public const int MaxNodes = 1_000_000;

    private const string StringTag = "tag:yaml.org,2002:str";

    private readonly Parser _parser;
    private readonly Dictionary<AnchorName, YamlNode> _anchors = [];
    private int _nodes;

    private YamlReader(string text) => _parser = new Parser(new StringReader(text));

    /// <exception cref="YamlFaultException">The text is not YAML, has more than one document, or exceeds a limit.</exception>
    public static YamlNode Read(string text)
    {
        var reader = new YamlReader(text);
        try
        {
            return reader.ReadDocument();
        }
        catch (YamlException e)
        {
            throw new YamlFaultException(e.Message, e.Start, null, e);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // The parser throws this for a few texts that are not YAML, without the place.
            throw new YamlFaultException(
                "the text is not YAML after this place", reader._parser.Current?.End ?? new Mark(0, 1, 1), null, e);
        }
    }

    private YamlNode ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _))
        {
            return new YamlNode.Scalar(new Mark(0, 1, 1), string.Empty, IsPlain: true);
        }

        _parser.Consume<DocumentStart>();
        YamlNode node = ReadNode(0);
        _parser.Consume<DocumentEnd>();
        return _parser.Accept<DocumentStart>(out _)
            ? throw new YamlFaultException("there is a second document", _parser.Current!.Start, "Other readers ignore it; remove it.")
            : node;
    }

    private YamlNode ReadNode(int depth)
    {
        ParsingEvent next = _parser.Current ?? throw new YamlFaultException("unexpected end of the text", Mark.Empty);
        if (depth > MaxDepth)
        {
            throw new YamlFaultException($"nested deeper than {MaxDepth} levels", next.Start);
        }

        if (++_nodes > MaxNodes)
        {
            throw new YamlFaultException($"more than {MaxNodes} values", next.Start);
        }

        if (next is AnchorAlias alias)
        {
            _parser.MoveNext();

            // An anchor is valid after its value is complete, so no value can contain itself.
            return _anchors.TryGetValue(alias.Value, out YamlNode? known)
                ? known
                : throw new YamlFaultException(
                    $"unknown anchor {alias.Value}", alias.Start, "An anchor must be before its aliases, and not around them.");
        }

        if (next is not NodeEvent start)
        {
            throw new YamlFaultException("there is no value", next.Start);
        }

        RefuseTag(start);
        YamlNode node = start switch
        {
            Scalar => ReadScalar(_parser.Consume<Scalar>()),
            SequenceStart => ReadSequence(depth),
            _ => ReadMapping(depth),
        };
        if (!start.Anchor.IsEmpty)
        {
            _anchors[start.Anchor] = node;
        }

        return node;
    }

    private static void RefuseTag(NodeEvent node)
    {
        if (!node.Tag.IsEmpty && !node.Tag.IsNonSpecific && node.Tag.Value != StringTag)
        {
            throw new YamlFaultException($"unknown tag {node.Tag.Value}", node.Start, "Manifests need no tags; remove it.");
        }
    }

    private static YamlNode.Scalar ReadScalar(Scalar scalar) =>
        new(scalar.Start, scalar.Value, IsPlain: scalar.Style == ScalarStyle.Plain && scalar.Tag.IsEmpty);

    private YamlNode.Sequence ReadSequence(int depth)
    {
        var sequence = new YamlNode.Sequence(_parser.Consume<SequenceStart>().Start, []);
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            sequence.Items.Add(ReadNode(depth + 1));
        }

        return sequence;
    }

    private YamlNode.Mapping ReadMapping(int depth)
    {
        var mapping = new YamlNode.Mapping(_parser.Consume<MappingStart>().Start, []);
        var names = new HashSet<string>(StringComparer.Ordinal);
        var merged = new List<YamlNode>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            YamlNode key = ReadNode(depth + 1);
            if (key is not YamlNode.Scalar name)
            {
                throw new YamlFaultException("a name is a list or a mapping", key.Place, "Names must be texts.");
            }

            YamlNode value = ReadNode(depth + 1);
            if (name is { IsPlain: true, Text: "<<" })
            {
                merged.AddRange(value is YamlNode.Sequence list ? list.Items : [value]);
            }
            else if (names.Add(YamlScalars.NameOf(name)))
            {
                mapping.Entries.Add((name, value));
            }
            else
            {
                throw new YamlFaultException($"key \"{name.Text}\" already set in map", name.Place, "Keep one.");
            }
        }

        foreach (YamlNode part in merged)
        {
            Merge(mapping, names, part);
        }

        return mapping;
    }

    /// <summary>Adds the entries that the mapping does not have itself.</summary>
    private void Merge(YamlNode.Mapping mapping, HashSet<string> names, YamlNode part)
    {
        if (part is not YamlNode.Mapping other)
        {
            throw new YamlFaultException("map merge requires map or sequence of maps as the value", part.Place);
        }

        _nodes += other.Entries.Count;
        if (_nodes > MaxNodes)
        {
            throw new YamlFaultException($"more than {MaxNodes} values", part.Place);
        }

        mapping.Entries.AddRange(other.Entries.Where(entry => names.Add(YamlScalars.NameOf(entry.Name))));
    }
}
