using System.Text.Json.Serialization;

namespace MarbleRun.Coordinator.State;

/// <summary>The state as JSON, before it is sealed. Certificates are DER, keys PKCS#8 DER, all bytes base64.</summary>
internal sealed class StateDocument
{
    public const int CurrentFormat = 2;

    /// <summary>Format 1 had neither certificates of secrets nor the generation before.</summary>
    public const int OldestFormat = 1;

    public required int Format { get; init; }

    public required ulong Generation { get; init; }

    public required byte[] RootCertificate { get; init; }

    public required byte[] RootKey { get; init; }

    public required byte[] IntermediateCertificate { get; init; }

    public required byte[] MarbleRootCertificate { get; init; }

    public required byte[] IntermediateKey { get; init; }

    public required byte[] RootSecret { get; init; }

    public byte[]? PreviousRootSecret { get; init; }

    public byte[]? Manifest { get; init; }

    public byte[]? ManifestSignature { get; init; }

    public required SortedDictionary<string, SecretDocument> Secrets { get; init; }

    public SortedDictionary<string, SecretDocument>? PreviousSecrets { get; init; }

    public required SortedDictionary<string, ulong> Activations { get; init; }

    internal sealed class SecretDocument
    {
        public required byte[] Private { get; init; }

        public required byte[] Public { get; init; }

        public byte[]? Certificate { get; init; }
    }
}

// What is null is left out: the generated code writes a null array as an empty one.
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = false, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(StateDocument))]
internal sealed partial class StateJsonContext : JsonSerializerContext;
