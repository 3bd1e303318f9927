namespace MarbleRun.Manifests;

/// <summary>
/// The step of setting a manifest at which a problem is detected. Ordered: a Coordinator reports the problems of the earliest stage.
/// </summary>
public enum ManifestStage
{
    /// <summary>The text is not JSON, or a member has the wrong type. On the wire after <c>unmarshaling manifest: </c>.</summary>
    Syntax = 0,

    /// <summary>Entries contradict each other, or a required entry is missing. On the wire after <c>checking manifest: </c>.</summary>
    Consistency,

    /// <summary>A shared secret cannot be generated. On the wire after <c>generating secrets from manifest: </c>.</summary>
    SharedSecrets,

    /// <summary>
    /// A secret of one Marble cannot be generated. On the wire after <c>generating placeholder secrets from manifest: </c>.
    /// </summary>
    PrivateSecrets,

    /// <summary>A recovery key is unusable. On the wire after <c>generating recovery encryption key: </c>.</summary>
    RecoveryKeys,

    /// <summary>A user's certificate is unusable. On the wire after <c>generating users from manifest: </c>.</summary>
    Users,

    /// <summary>A file or environment variable cannot be rendered. On the wire after <c>running manifest template dry run: </c>.</summary>
    Template,
}
