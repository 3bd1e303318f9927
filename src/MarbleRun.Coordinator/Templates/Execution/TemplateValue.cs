namespace MarbleRun.Coordinator.Templates.Execution;

/// <summary>A value of an expression. None shows its content by <see cref="object.ToString"/>.</summary>
internal abstract class TemplateValue
{
    /// <summary>The type as error texts of the protocol name it.</summary>
    public abstract string TypeName { get; }

    /// <summary>A field; null if the type has no such field.</summary>
    public virtual TemplateValue? Field(string name) => null;
}

/// <summary>What a missing secret is; all its fields are missing too.</summary>
internal sealed class MissingValue : TemplateValue
{
    public static MissingValue Instance { get; } = new();

    public override string TypeName => "<nil>";

    public override TemplateValue Field(string name) => this;
}

/// <summary>Text or the result of a function: something that an action can write.</summary>
internal sealed class TextValue(ReadOnlyMemory<byte> utf8, string typeName = "string") : TemplateValue
{
    public ReadOnlyMemory<byte> Utf8 => utf8;

    public override string TypeName => typeName;
}

/// <summary>A key or a certificate, which an action writes through a function only.</summary>
internal sealed class BinaryValue(ReadOnlyMemory<byte> bytes, string typeName, string pemLabel) : TemplateValue
{
    public ReadOnlyMemory<byte> Bytes => bytes;

    public string PemLabel => pemLabel;

    public override string TypeName => typeName;
}
