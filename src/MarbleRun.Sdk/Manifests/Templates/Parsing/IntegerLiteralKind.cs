namespace MarbleRun.Manifests.Templates.Parsing;

internal enum IntegerLiteralKind
{
    /// <summary>Neither an integer nor another number.</summary>
    Malformed,

    Integer,

    /// <summary>An integer outside of 64 bits with a sign.</summary>
    TooLarge,

    /// <summary>A number with a point, an exponent or an imaginary part.</summary>
    Fraction,
}
