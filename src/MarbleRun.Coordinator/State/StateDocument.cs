using System.Text.Json.Serialization;

namespace MarbleRun.Coordinator.State;

/// <summary>The state as JSON, before it is sealed. Certificates are DER, keys PKCS#8 DER, all bytes base64.</summary>
internal sealed class StateDocument
{
    public const int CurrentFormat = 1;

    public required int Format { get; init; }

    public required ulong Generation { get; init; }

    public required byte[] RootCertificate { get; init; }

    public required byte[] RootKey { get; init; }

    public required byte[] IntermediateCertificate { get; init; }

    public required byte[] MarbleRootCertificate { get; init; }

    public required byte[] IntermediateKey { get; init; }

    public required byte[] RootSecret { get; init; }

    public byte[]? Manifest { get; init; }

    public byte[]? ManifestSignature { get; init; }

    public required SortedDictionary<string, SecretDocument> Secrets { get; init; }

    public required SortedDictionary<string, ulong> Activations { get; init; }

    internal sealed class SecretDocument
    {
        public required byte[] Private { get; init; }

        public required byte[] Public { get; init; }
    }
}

[JsonSourceGenerationOptions(WriteIndented = false, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(StateDocument))]
internal sealed partial class StateJsonContext : JsonSerializerContext;
