namespace MarbleRun.Manifests.Reading;

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
