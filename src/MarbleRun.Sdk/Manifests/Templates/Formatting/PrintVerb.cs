namespace MarbleRun.Manifests.Templates.Formatting;

/// <summary>A verb of a format with its flags (https://pkg.go.dev/fmt, "Printing").</summary>
/// <param name="Letter">One of <see cref="PrintFormat"/>'s verbs.</param>
/// <param name="Width">The least number of characters; 0 if not specified.</param>
/// <param name="Precision">The largest number of characters of a text, or the least digits of a number; null if not specified.</param>
/// <param name="Left">Pads on the right.</param>
/// <param name="Zeros">Pads numbers with zeros.</param>
/// <param name="Plus">Numbers show their sign.</param>
/// <param name="Blank">A space before numbers without sign, or between the bytes of <c>x</c>.</param>
/// <param name="Sharp"><c>0x</c> before hex digits.</param>
internal readonly record struct PrintVerb(
    char Letter,
    int Width = 0,
    int? Precision = null,
    bool Left = false,
    bool Zeros = false,
    bool Plus = false,
    bool Blank = false,
    bool Sharp = false);
