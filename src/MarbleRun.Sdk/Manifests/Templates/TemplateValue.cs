namespace MarbleRun.Manifests.Templates;

/// <summary>A value of an expression. No value shows its content in <see cref="object.ToString"/>.</summary>
internal abstract class TemplateValue
{
    /// <summary>The type name in the protocol's error texts.</summary>
    public abstract string TypeName { get; }

    /// <summary>Whether conditions treat it as true: all values except zero, false, nothing, and values without elements.</summary>
    public virtual bool IsTrue => true;

    /// <summary>The number of elements; null if the type has none.</summary>
    public virtual int? Length => null;

    /// <summary>How many bytes a function may have to read.</summary>
    public virtual int Size => 0;

    /// <summary>A field; null if the type has no such field.</summary>
    public virtual TemplateValue? Field(string name) => null;
}

/// <summary>A missing secret, and <c>nil</c>; all its fields are missing too.</summary>
internal sealed class MissingValue : TemplateValue
{
    public static MissingValue Instance { get; } = new();

    public override string TypeName => "<nil>";

    public override bool IsTrue => false;

    public override TemplateValue Field(string name) => this;
}

internal sealed class BooleanValue(bool value) : TemplateValue
{
    public bool Value => value;

    public override string TypeName => "bool";

    public override bool IsTrue => value;
}

/// <summary>An integer of Go's types <c>int</c>, <c>uint</c> or <c>uint8</c>.</summary>
internal sealed class IntegerValue(Int128 value, string typeName = "int") : TemplateValue
{
    public Int128 Value => value;

    public override string TypeName => typeName;

    public override bool IsTrue => value != 0;
}

/// <summary>Text, or the result of a function.</summary>
internal sealed class TextValue(ReadOnlyMemory<byte> utf8) : TemplateValue
{
    public ReadOnlyMemory<byte> Utf8 => utf8;

    public override string TypeName => "string";

    public override bool IsTrue => !utf8.IsEmpty;

    public override int? Length => utf8.Length;

    public override int Size => utf8.Length;
}

/// <summary>A public or private key, or the value of a symmetric secret: bytes that functions encode.</summary>
internal sealed class KeyValue(ReadOnlyMemory<byte> bytes, string typeName, string pemLabel) : TemplateValue
{
    public ReadOnlyMemory<byte> Bytes => bytes;

    public string PemLabel => pemLabel;

    public override string TypeName => typeName;

    public override bool IsTrue => !bytes.IsEmpty;

    public override int? Length => bytes.Length;

    public override int Size => bytes.Length;

    /// <summary>Returns a part, of the same type.</summary>
    public KeyValue Slice(int start, int end) => new(bytes[start..end], typeName, pemLabel);
}

/// <summary>A certificate. Templates cannot access its parts.</summary>
internal sealed class CertificateValue(ReadOnlyMemory<byte> der) : TemplateValue
{
    public ReadOnlyMemory<byte> Der => der;

    public override string TypeName => "manifest.Certificate";

    public override int Size => der.Length;
}
