namespace MarbleRun.Manifests;

/// <summary>The step of setting a manifest at which a problem shows. Ordered: a Coordinator reports the problems of the earliest stage.</summary>
public enum ManifestStage
{
    /// <summary>The text is no JSON, or a member has the wrong type. On the wire behind <c>unmarshaling manifest: </c>.</summary>
    Syntax = 0,

    /// <summary>Entries contradict each other, or something required is missing. On the wire behind <c>checking manifest: </c>.</summary>
    Consistency,

    /// <summary>A shared secret cannot be generated. On the wire behind <c>generating secrets from manifest: </c>.</summary>
    SharedSecrets,

    /// <summary>A secret of single Marbles cannot be generated. On the wire behind <c>generating placeholder secrets from manifest: </c>.</summary>
    PrivateSecrets,

    /// <summary>A recovery key is unusable. On the wire behind <c>generating recovery encryption key: </c>.</summary>
    RecoveryKeys,

    /// <summary>A user's certificate is unusable. On the wire behind <c>generating users from manifest: </c>.</summary>
    Users,

    /// <summary>A file or environment variable cannot be rendered. On the wire behind <c>running manifest template dry run: </c>.</summary>
    Template,
}
