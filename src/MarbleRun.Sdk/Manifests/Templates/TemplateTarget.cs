namespace MarbleRun.Manifests.Templates;

/// <summary>The target of a template's result. It determines the available functions.</summary>
internal enum TemplateTarget
{
    /// <summary>A file: any bytes. Functions <c>pem</c>, <c>hex</c>, <c>base64</c>, <c>raw</c>.</summary>
    File,

    /// <summary>An environment variable: no zero bytes. Functions <c>pem</c>, <c>hex</c>, <c>base64</c>, <c>string</c>.</summary>
    Environment,
}
