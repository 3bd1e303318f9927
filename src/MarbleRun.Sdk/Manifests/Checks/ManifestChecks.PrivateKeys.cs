namespace MarbleRun.Manifests.Checks;

/// <summary>The manifest is public: whoever asks a Coordinator gets it. Private keys do not belong into it.</summary>
internal sealed partial class ManifestChecks
{
    private const string Leaked = "The manifest is public: take the private key out of it, and replace the key if this text was ever published.";

    /// <summary>Where a certificate or public key belongs, a private key beside it is an error, also behind the block that counts.</summary>
    private bool RefusePrivateKey(string path, string what, string text, ManifestStage stage)
    {
        if (PrivateKeyText.FindLabel(System.Text.Encoding.UTF8.GetBytes(text)) is not { } label)
        {
            return false;
        }

        Error(path, $"{what} holds a {label}, which everybody could read in the manifest", Leaked, stage);
        return true;
    }

    private void WarnOfPrivateKey(string path, string what, ReadOnlySpan<byte> content)
    {
        if (PrivateKeyText.Describe(content) is { } found)
        {
            Warn(path, $"{what} holds {found}, which everybody can read in the manifest", Leaked + " Let a secret hold it, and write it with a template.");
        }
    }

    /// <summary>Of a block behind the first nothing is read, so that it is not what its author thinks.</summary>
    private void WarnOfFurtherBlocks(string path, string what, string text)
    {
        if (PemBlock.HasSecond(text))
        {
            Warn(path, $"{what} holds more than one PEM block; the first one alone counts", "Remove the others.");
        }
    }

    private void WarnOfParameters(string marble, ParametersDefinition parameters)
    {
        foreach ((string name, ManifestFile file) in InOrder(parameters.Files, "Marbles", marble, "Parameters", "Files"))
        {
            WarnOfPrivateKey(JsonPath.Of("Marbles", marble, "Parameters", "Files", name), $"file {name} of Marble {marble}", file.Data.Span);
        }

        foreach ((string name, ManifestFile variable) in InOrder(parameters.Environment, "Marbles", marble, "Parameters", "Env"))
        {
            WarnOfPrivateKey(JsonPath.Of("Marbles", marble, "Parameters", "Env", name), $"variable {name} of Marble {marble}", variable.Data.Span);
        }

        foreach ((int index, string argument) in parameters.Arguments.Index())
        {
            WarnOfPrivateKey(
                JsonPath.Of("Marbles", marble, "Parameters", "Argv") + JsonPath.Index(index),
                $"an argument of Marble {marble}",
                System.Text.Encoding.UTF8.GetBytes(argument));
        }
    }

    /// <summary>What a manifest gives a user-defined secret to begin with is no secret: MarbleRun 1.9 takes it, and so must we.</summary>
    private void WarnOfInlineValue(string name, SecretDefinition secret)
    {
        if (secret.UserDefined && !(secret.Private.IsEmpty && (secret.IsCertificate || secret.Public.IsEmpty)))
        {
            Warn(
                JsonPath.Of("Secrets", name) + (secret.Private.IsEmpty ? ".Public" : ".Private"),
                $"the value of secret {name} stands in the manifest, where everybody can read it",
                "Remove it, and let a user upload another value.");
        }
    }
}
