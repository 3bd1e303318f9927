using MarbleRun.Manifests.Json;

namespace MarbleRun.Manifests.Checks;

/// <summary>The manifest is public: a Coordinator sends it to anyone who requests it. It must not contain private keys.</summary>
internal sealed partial class ManifestChecks
{
    private const string Leaked =
        "The manifest is public: remove the private key from it, and replace the key if this text was ever published.";

    /// <summary>A private key in the place of a certificate or public key is an error, also after the block that counts.</summary>
    private bool RefusePrivateKey(string path, string what, string text, ManifestStage stage)
    {
        if (PrivateKeyText.FindLabel(System.Text.Encoding.UTF8.GetBytes(text)) is not { } label)
        {
            return false;
        }

        Error(path, $"{what} contains a {label}, which anyone could read in the manifest", Leaked, stage);
        return true;
    }

    private void WarnOfPrivateKey(string path, string what, string found) =>
        Warn(
            path,
            $"{what} contains {found}, which anyone can read in the manifest",
            Leaked + " Store it in a secret, and use a template.");

    /// <summary>Blocks after the first one are not read, so the text does not mean what its author intended.</summary>
    private void WarnOfFurtherBlocks(string path, string what, string text)
    {
        if (PemBlock.HasSecond(text))
        {
            Warn(path, $"{what} contains more than one PEM block; only the first one counts", "Remove the others.");
        }
    }

    private void WarnOfParameters(string marble, ParametersDefinition parameters)
    {
        foreach ((string name, ManifestFile file) in InOrder(parameters.Files, "Marbles", marble, "Parameters", "Files"))
        {
            if (PrivateKeyText.Describe(file.Data.Span) is { } found)
            {
                WarnOfPrivateKey(JsonPath.Of("Marbles", marble, "Parameters", "Files", name), $"file {name} of Marble {marble}", found);
            }
        }

        foreach ((string name, ManifestFile variable) in InOrder(parameters.Environment, "Marbles", marble, "Parameters", "Env"))
        {
            if (PrivateKeyText.Describe(variable.Data.Span) is { } found)
            {
                WarnOfPrivateKey(JsonPath.Of("Marbles", marble, "Parameters", "Env", name), $"variable {name} of Marble {marble}", found);
            }
        }

        foreach ((int index, string argument) in parameters.Arguments.Index())
        {
            if (PrivateKeyText.Describe(System.Text.Encoding.UTF8.GetBytes(argument)) is { } found)
            {
                WarnOfPrivateKey(
                    JsonPath.Of("Marbles", marble, "Parameters", "Argv") + JsonPath.Index(index), $"an argument of Marble {marble}", found);
            }
        }
    }

    /// <summary>
    /// The initial value of a user-defined secret in a manifest is not secret: MarbleRun 1.9 accepts it, so this implementation must accept
    /// it too.
    /// </summary>
    private void WarnOfInlineValue(string name, SecretDefinition secret)
    {
        if (secret.UserDefined && !(secret.Private.IsEmpty && (secret.IsCertificate || secret.Public.IsEmpty)))
        {
            Warn(
                JsonPath.Of("Secrets", name) + (secret.Private.IsEmpty ? ".Public" : ".Private"),
                $"the value of secret {name} is in the manifest, where anyone can read it",
                "Remove it, and let a user upload another value.");
        }
    }
}
