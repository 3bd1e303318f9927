namespace MarbleRun.Manifests.Templates;

/// <summary>The faults of templates that have their own remedy.</summary>
internal enum TemplateFaultKind
{
    Other,

    /// <summary><c>raw</c>, which only files have.</summary>
    RawInVariable,

    /// <summary><c>string</c>, which only environment variables have.</summary>
    StringInFile,

    ZeroByteInVariable,
    MissingSecret,
    EmptySecret,

    /// <summary>A whole secret where <c>pem</c> requires one of its parts.</summary>
    WholeSecretAsPem,
}
