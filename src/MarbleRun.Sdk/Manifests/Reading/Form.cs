namespace MarbleRun.Manifests.Reading;

/// <summary>What a member holds. Templates of certificates are checked by it, and the JSON schema is made of it.</summary>
/// <param name="Kind">The kind of value.</param>
/// <param name="Type">How error texts name it.</param>
internal sealed record Form(FormKind Kind, string Type)
{
    public static Form Anything { get; } = new(FormKind.Anything, "any");

    public static Form Text { get; } = new(FormKind.Text, "string");

    public static Form Texts { get; } = ListOf(Text);

    public static Form Flag { get; } = new(FormKind.Flag, "bool");

    public static Form Bytes { get; } = new(FormKind.Bytes, "[]uint8");

    public static Form Time { get; } = new(FormKind.Time, "time.Time");

    public static Form Address { get; } = new(FormKind.Address, "net.IP");

    public static Form Oid { get; } = new(FormKind.Oid, "x509.OID");

    public static Form Bits { get; } = new(FormKind.Bits, "string");

    public static Form File { get; } = new(FormKind.File, "manifest.File");

    public static Form Certificate { get; } = new(FormKind.Certificate, "x509.Certificate");

    /// <summary>The elements of a list, the entries of a map.</summary>
    public Form? Inner { get; private init; }

    /// <summary>The structure.</summary>
    public Shape? Shape { get; private init; }

    /// <summary>The texts that have a meaning; empty if all have.</summary>
    public IReadOnlyList<string> Values { get; private init; } = [];

    /// <summary>Whether <see cref="Values"/> are compared without regard to case.</summary>
    public bool IgnoresCase { get; private init; }

    /// <summary>The greatest number.</summary>
    public ulong Max { get; private init; } = ulong.MaxValue;

    public static Form Unsigned(string type = "uint", ulong max = ulong.MaxValue) => new(FormKind.Unsigned, type) { Max = max };

    public static Form Integer(string type) => new(FormKind.Integer, type);

    public static Form OneOf(IReadOnlyList<string> values) => Text with { Values = values };

    public static Form OneOfInAnyCase(IReadOnlyList<string> values) => Text with { Values = values, IgnoresCase = true };

    public static Form ListOf(Form inner) => new(FormKind.List, "[]" + inner.Type) { Inner = inner };

    public static Form MapOf(Form inner) => new(FormKind.Map, "map[string]" + inner.Type) { Inner = inner };

    public static Form Of(Shape shape) => new(FormKind.Structure, shape.Type) { Shape = shape };
}
