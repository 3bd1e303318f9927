namespace MarbleRun.Manifests.Templates;

/// <summary>
/// The data that the templates of a Marble can name. Only the secrets that the Marble's parameters name are needed. Of a credential, only
/// certificate, public and private part are used.
/// </summary>
public sealed record TemplateData
{
    /// <summary>Name → secret: <c>.Secrets</c>.</summary>
    public required IReadOnlyDictionary<string, TemplateSecret> Secrets { get; init; }

    /// <summary>Name → secret as before the last full update: <c>.Previous.Secrets</c>.</summary>
    public required IReadOnlyDictionary<string, TemplateSecret> PreviousSecrets { get; init; }

    /// <summary><c>.MarbleRun.RootCA</c>; only the certificate is set.</summary>
    public required TemplateSecret RootCa { get; init; }

    /// <summary><c>.MarbleRun.MarbleCert</c>.</summary>
    public required TemplateSecret MarbleCert { get; init; }

    /// <summary><c>.MarbleRun.CoordinatorRoot</c>; only the certificate is set.</summary>
    public required TemplateSecret CoordinatorRoot { get; init; }

    /// <summary><c>.MarbleRun.CoordinatorIntermediate</c>; only the certificate is set.</summary>
    public required TemplateSecret CoordinatorIntermediate { get; init; }

    /// <summary>
    /// Creates data for a dry run: one byte for every credential of an activation, and the same previous and current secrets.
    /// </summary>
    /// <param name="secrets">Name → secret.</param>
    internal static TemplateData ForDryRun(IReadOnlyDictionary<string, TemplateSecret> secrets)
    {
        byte[] dummy = [0x41];
        var certificate = new TemplateSecret { Certificate = dummy };
        return new TemplateData
        {
            Secrets = secrets,
            PreviousSecrets = secrets,
            RootCa = certificate,
            MarbleCert = new TemplateSecret { Certificate = dummy, Public = dummy, Private = dummy },
            CoordinatorRoot = certificate,
            CoordinatorIntermediate = certificate,
        };
    }
}
