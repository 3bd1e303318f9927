namespace MarbleRun.Cli.Packages;

/// <summary>What is known about the code at a path.</summary>
/// <param name="Kind">The kind, for programs: <c>openEnclave</c>, <c>gramine</c>, <c>occlum</c> or <c>dotnet</c>.</param>
/// <param name="Title">The kind within the heading for people; empty for a file.</param>
internal sealed record PackageFinding(string Kind, string Title)
{
    public required string UniqueId { get; init; }

    /// <summary>Null for a .NET app: the machine that simulates it signs it.</summary>
    public string? SignerId { get; init; }

    public required ushort ProductId { get; init; }

    public required ushort SecurityVersion { get; init; }

    public bool? Debug { get; init; }

    public bool? IsSignatureValid { get; init; }

    public static PackageFinding Of(SigStruct found, string kind, string title) => new(kind, title)
    {
        UniqueId = found.UniqueId,
        SignerId = found.SignerId,
        ProductId = found.ProductId,
        SecurityVersion = found.SecurityVersion,
        Debug = found.Debug,
        IsSignatureValid = found.IsSignatureValid,
    };
}
