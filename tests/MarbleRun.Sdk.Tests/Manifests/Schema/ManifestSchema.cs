using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MarbleRun.Manifests.Reading;

namespace MarbleRun.Tests.Manifests.Schema;

/// <summary>Makes the JSON schema (draft 2020-12) of manifests from the tables that the reader uses.</summary>
internal sealed class ManifestSchema
{
    private const string Description =
        "A manifest of MarbleRun: which code may run as which Marble, with which secrets and connections, and who may change it. "
        + "A Coordinator takes member names in any case and ignores unknown ones; this schema knows the usual spelling alone, so that "
        + "editors find misspelt names. It cannot say everything: marblerun manifest check FILE finds the rest.";

    private static readonly JsonSerializerOptions s_format = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NewLine = "\n",
    };

    private static readonly Dictionary<Shape, string[]> s_required = new()
    {
        [Shapes.Marble] = ["Package"],
        [Shapes.Secret] = ["Type"],
        [Shapes.User] = ["Certificate"],
        [Shapes.Role] = ["ResourceType"],
        [Shapes.TlsEntry] = ["Port"],
    };

    private readonly JsonObject _definitions = [];

    private ManifestSchema()
    {
    }

    public static string Create() => new ManifestSchema().Write();

    private string Write()
    {
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "MarbleRun manifest",
            ["description"] = Description,
        };
        foreach ((string keyword, JsonNode? value) in Structure(Shapes.Manifest))
        {
            schema[keyword] = value?.DeepClone();
        }

        schema["$defs"] = _definitions;
        return schema.ToJsonString(s_format) + "\n";
    }

    private JsonObject Structure(Shape shape)
    {
        var members = new JsonObject();
        foreach (Member member in shape.Members)
        {
            JsonObject form = Of(member.Form);
            if (MemberDocumentation.Of(shape, member) is { } documentation)
            {
                form["description"] = documentation;
            }

            if (member.Advice is not null)
            {
                form["deprecated"] = true;
            }

            members[member.Name] = form;
        }

        var structure = new JsonObject { ["type"] = "object", ["properties"] = members, ["additionalProperties"] = false };
        if (s_required.TryGetValue(shape, out string[]? required))
        {
            structure["required"] = new JsonArray([.. required.Select(name => JsonValue.Create(name))]);
        }

        return structure;
    }

    private JsonObject Of(Form form) => form.Kind switch
    {
        FormKind.Text => Text(form),
        FormKind.Flag => new JsonObject { ["type"] = "boolean" },
        FormKind.Unsigned when form.Max < ulong.MaxValue =>
            new JsonObject { ["type"] = "integer", ["minimum"] = 0, ["maximum"] = form.Max },
        FormKind.Unsigned => new JsonObject { ["type"] = "integer", ["minimum"] = 0 },
        FormKind.Integer => new JsonObject { ["type"] = "integer" },
        FormKind.Bytes => AnyOf(Base64(), new JsonObject { ["type"] = "array", ["items"] = Of(Form.Byte) }),
        FormKind.Time => new JsonObject { ["type"] = "string", ["format"] = "date-time" },
        FormKind.Address => new JsonObject { ["type"] = "string", ["anyOf"] = new JsonArray(Format("ipv4"), Format("ipv6")) },
        FormKind.Oid => new JsonObject { ["type"] = "string", ["pattern"] = @"^[0-2](\.[0-9]+)+$" },
        FormKind.Bits => new JsonObject { ["type"] = "string", ["pattern"] = "^0[xX][0-9A-Fa-f]{1,16}$" },
        FormKind.List => new JsonObject { ["type"] = "array", ["items"] = Of(form.Inner!) },
        FormKind.Map => new JsonObject { ["type"] = "object", ["additionalProperties"] = Of(form.Inner!) },
        FormKind.Structure => Reference(form.Shape!),
        FormKind.File => AnyOf(new JsonObject { ["type"] = "string" }, Reference(Shapes.File)),
        FormKind.Certificate => AnyOf(Reference(CertificateShapes.Certificate), Base64()),
        _ => [],
    };

    private static JsonObject Text(Form form)
    {
        if (form.Values.Count == 0)
        {
            return new JsonObject { ["type"] = "string" };
        }

        var known = new JsonObject { ["enum"] = new JsonArray([.. form.Values.Select(value => JsonValue.Create(value))]) };
        return form.IgnoresCase ? AnyOf(known, new JsonObject { ["type"] = "string", ["pattern"] = InAnyCase(form.Values) }) : known;
    }

    /// <summary>Patterns of JSON schemas have no switch for case.</summary>
    private static string InAnyCase(IEnumerable<string> values) =>
        "^(" + string.Join('|', values.Select(value => string.Concat(value.Select(
            c => char.IsAsciiLetter(c) ? $"[{char.ToUpperInvariant(c)}{char.ToLowerInvariant(c)}]" : $"{c}")))) + ")$";

    private static JsonObject AnyOf(params JsonNode[] forms) => new() { ["anyOf"] = new JsonArray(forms) };

    private static JsonObject Format(string name) => new() { ["format"] = name };

    private static JsonObject Base64() =>
        new() { ["type"] = "string", ["contentEncoding"] = "base64", ["pattern"] = @"^[A-Za-z0-9+/=\r\n]*$" };

    private JsonObject Reference(Shape shape)
    {
        string name = shape.Type[(shape.Type.LastIndexOf('.') + 1)..];
        if (!_definitions.ContainsKey(name))
        {
            _definitions[name] = null;
            _definitions[name] = Structure(shape);
        }

        return new JsonObject { ["$ref"] = $"#/$defs/{name}" };
    }
}
