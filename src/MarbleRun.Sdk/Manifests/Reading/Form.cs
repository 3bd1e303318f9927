using System.Collections.Immutable;
using MarbleRun.Manifests.Certificates;
using MarbleRun.Manifests.Json;

namespace MarbleRun.Manifests.Reading;

/// <summary>
/// Reads a value. It gets the value of an earlier occurrence, which null and mismatches keep unless the form specifies otherwise.
/// </summary>
internal delegate T ValueReader<T>(ManifestReader reader, JsonValue value, Place place, T current);

/// <summary>The form of a member's value, and how it is read.</summary>
/// <param name="Kind">The kind of value.</param>
/// <param name="Type">Its name in error texts.</param>
/// <param name="Empty">The initial value if there is no earlier occurrence.</param>
/// <param name="Read">Reads the value.</param>
internal sealed record Form<T>(FormKind Kind, string Type, T Empty, ValueReader<T> Read) : Form(Kind, Type);

/// <summary>The form of a member's value. The JSON schema is generated from it; a <see cref="Form{T}"/> also reads it.</summary>
/// <param name="Kind">The kind of value.</param>
/// <param name="Type">Its name in error texts.</param>
internal abstract record Form(FormKind Kind, string Type)
{
    public static Form<bool> Anything { get; } = new(FormKind.Anything, "any", false, (_, _, _, current) => current);

    /// <summary>Any value; a value that is not a text reads as null.</summary>
    public static Form<string?> AnyText { get; } =
        new(FormKind.Anything, "any", null, (_, value, _, _) => value.Kind == JsonKind.String ? value.GetString() : null);

    public static Form<string> Text { get; } = new(
        FormKind.Text, "string", string.Empty, (reader, value, place, current) => reader.ReadString(value, place, current));

    /// <summary>A text that can be absent. An empty text is kept, so that the checks can refuse it.</summary>
    public static Form<string?> OptionalText { get; } =
        new(FormKind.Text, "string", null, (reader, value, place, current) => reader.ReadOptionalString(value, place, current));

    public static Form<ImmutableArray<string>> Texts { get; } = ListOf(Text, isRecorded: true);

    /// <summary>A list that can be absent; null keeps the earlier value.</summary>
    public static Form<ImmutableArray<string>?> OptionalTexts { get; } = OptionalListOf(Text, isRecorded: true);

    public static Form<bool> Flag { get; } = new(
        FormKind.Flag, "bool", false, (reader, value, place, current) => reader.ReadBool(value, place, current));

    public static Form<ReadOnlyMemory<byte>> Bytes { get; } =
        new(FormKind.Bytes, "[]uint8", default, (reader, value, place, current) => reader.ReadBytes(value, place, current));

    public static Form<byte> Byte { get; } =
        new(FormKind.Unsigned, "uint8", 0, (reader, value, place, current) => reader.ReadByte(value, place, current))
        {
            Max = byte.MaxValue,
        };

    /// <summary>A byte that can be absent; null makes it absent.</summary>
    public static Form<byte?> OptionalByte { get; } =
        new(
            FormKind.Unsigned,
            "uint8",
            null,
            (reader, value, place, current) => value.Kind == JsonKind.Null ? null : reader.ReadByte(value, place, current ?? 0))
        {
            Max = byte.MaxValue,
        };

    public static Form<ulong> Unsigned { get; } = new(
        FormKind.Unsigned, "uint", 0, (reader, value, place, current) => reader.ReadUnsigned(value, place, current));

    public static Form<DateTimeOffset?> Time { get; } =
        new(FormKind.Time, "time.Time", null, (reader, value, place, current) => reader.ReadTime(value, place, current));

    public static Form<string> Address { get; } = new(
        FormKind.Address, "net.IP", string.Empty, (reader, value, place, current) => reader.ReadAddress(value, place, current));

    public static Form<string> Oid { get; } = new(
        FormKind.Oid, "x509.OID", string.Empty, (reader, value, place, current) => reader.ReadOid(value, place, current));

    public static Form<ulong> Bits { get; } = new(
        FormKind.Bits, "string", 0, (reader, value, place, current) => reader.ReadBits(value, place, current));

    public static Form<ManifestFile> File { get; } = new(
        FormKind.File, "manifest.File", new ManifestFile(), (reader, value, place, _) => reader.ReadFile(value, place));

    public static Form<CertificateTemplate?> Certificate { get; } =
        new(FormKind.Certificate, "x509.Certificate", null, (reader, value, place, _) => reader.ReadCertificateTemplate(value, place));

    /// <summary>The elements of a list, the entries of a map.</summary>
    public Form? Inner { get; init; }

    /// <summary>The structure.</summary>
    public Shape? Shape { get; init; }

    /// <summary>The valid texts; empty if all texts are valid.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>Whether <see cref="Values"/> are compared without regard to case.</summary>
    public bool IgnoresCase { get; init; }

    /// <summary>The greatest number.</summary>
    public ulong Max { get; init; } = ulong.MaxValue;

    /// <summary>A number that can be absent; null makes it absent.</summary>
    public static Form<ulong?> OptionalUnsigned(string type = "uint", ulong max = ulong.MaxValue) =>
        new(FormKind.Unsigned, type, null, (reader, value, place, current) => reader.ReadOptionalUnsigned(value, place, current, type, max))
        {
            Max = max,
        };

    /// <summary>A whole number with a sign; null keeps the earlier value.</summary>
    public static Form<long?> Integer(string type) =>
        new(FormKind.Integer, type, null, (reader, value, place, current) => reader.ReadInteger(value, place, current, type));

    /// <summary>One of several texts; the checks handle other texts.</summary>
    public static Form<string> OneOf(IReadOnlyList<string> values) => Text with { Values = values };

    /// <summary>One of several texts in any case; the checks handle other texts.</summary>
    public static Form<string> OneOfInAnyCase(IReadOnlyList<string> values) => Text with { Values = values, IgnoresCase = true };

    /// <summary>One of several words in any case, each with its value; any other word is an error.</summary>
    public static Form<T> Word<T>(params (string Word, T Meaning)[] words)
        where T : struct, Enum
    {
        string[] names = [.. words.Select(word => word.Word)];
        return new(FormKind.Text, "string", default, (reader, value, place, current) =>
            reader.ReadWord(value, place, names) is var index and >= 0 ? words[index].Meaning : current)
        {
            Values = names,
            IgnoresCase = true,
        };
    }

    /// <summary>Like <see cref="Word"/>; null makes it absent.</summary>
    public static Form<T?> OptionalWord<T>(params (string Word, T Meaning)[] words)
        where T : struct, Enum
    {
        Form<T> word = Word(words);
        return new(FormKind.Text, "string", null, (reader, value, place, current) =>
            value.Kind == JsonKind.Null ? null : word.Read(reader, value, place, current ?? default))
        {
            Values = word.Values,
            IgnoresCase = true,
        };
    }

    /// <param name="inner">Reads an element.</param>
    /// <param name="isRecorded">Whether problems of later checks can refer to an element.</param>
    /// <param name="type">The list's name in error texts; null for the usual name.</param>
    public static Form<ImmutableArray<T>> ListOf<T>(Form<T> inner, bool isRecorded = false, string? type = null)
    {
        string name = type ?? "[]" + inner.Type;
        return new(
            FormKind.List,
            name,
            [],
            (reader, value, place, current) => reader.ReadArray(value, place, current, name, inner, isRecorded))
        {
            Inner = inner,
        };
    }

    /// <summary>A list that can be absent; null keeps the earlier value.</summary>
    /// <param name="inner">Reads an element.</param>
    /// <param name="isRecorded">Whether problems of later checks can refer to an element.</param>
    /// <param name="type">The list's name in error texts; null for the usual name.</param>
    public static Form<ImmutableArray<T>?> OptionalListOf<T>(Form<T> inner, bool isRecorded = false, string? type = null)
    {
        Form<ImmutableArray<T>> list = ListOf(inner, isRecorded, type);
        return new(FormKind.List, list.Type, null, (reader, value, place, current) =>
            value.Kind == JsonKind.Null ? current : list.Read(reader, value, place, current ?? []))
        {
            Inner = inner,
        };
    }

    /// <param name="inner">Reads an entry.</param>
    public static Form<ImmutableSortedDictionary<string, T>> MapOf<T>(Form<T> inner)
    {
        string type = "map[string]" + inner.Type;
        return new(
            FormKind.Map,
            type,
            Maps.Empty<T>(),
            (reader, value, place, current) => reader.ReadMap(value, place, current, type, inner))
        {
            Inner = inner,
        };
    }

    public static Form<T> Of<T>(Shape<T> shape)
        where T : new() =>
        new(FormKind.Structure, shape.Type, new T(), (reader, value, place, current) => reader.ReadStructure(value, place, current, shape))
        {
            Shape = shape,
        };

    /// <summary>A structure that can be absent; an empty structure is present, and null keeps the earlier value.</summary>
    public static Form<T?> Optional<T>(Shape<T> shape)
        where T : class, new() =>
        new(FormKind.Structure, shape.Type, null, (reader, value, place, current) =>
            value.Kind == JsonKind.Null ? current : reader.ReadStructure(value, place, current ?? new T(), shape))
        {
            Shape = shape,
        };
}

/// <summary>The kinds of values of members.</summary>
internal enum FormKind
{
    Anything,
    Text,
    Flag,

    /// <summary>A whole number that is not negative.</summary>
    Unsigned,

    /// <summary>A whole number of 64 bits.</summary>
    Integer,

    /// <summary>A base64 string, or an array of numbers up to 255.</summary>
    Bytes,

    /// <summary>A time of RFC 3339.</summary>
    Time,

    /// <summary>An IP address as text.</summary>
    Address,

    /// <summary>An object identifier as text: <c>1.2.3.9</c>.</summary>
    Oid,

    /// <summary>64 bits as text: <c>0x20000</c>.</summary>
    Bits,
    List,
    Map,
    Structure,

    /// <summary>A text, or the structure <see cref="Shapes.File"/>.</summary>
    File,

    /// <summary>The structure <see cref="CertificateShapes.Certificate"/>, or the base64 form of a certificate's DER.</summary>
    Certificate,
}
