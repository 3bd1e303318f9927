using System.Globalization;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace MarbleRun.Attestation.Simulation;

/// <summary>
/// The product number and security version of an app: assembly metadata of the entry assembly, written by the targets of MarbleRun.Sdk.
/// </summary>
internal sealed record AppMetadata(ushort ProductId, ushort SecurityVersion)
{
    private const string ProductIdKey = "MarbleProductId";
    private const string SecurityVersionKey = "MarbleSecurityVersion";
    private const string AttributeName = nameof(AssemblyMetadataAttribute);

    /// <summary>The values of an app without metadata.</summary>
    public static AppMetadata Default { get; } = new(1, 1);

    /// <summary>The numbers of the running app.</summary>
    public static AppMetadata OfRunningProcess()
    {
        Assembly? entry = Assembly.GetEntryAssembly();
        return entry is null
            ? Default
            : FromPairs(
                entry.GetCustomAttributes<AssemblyMetadataAttribute>().Select(a => (a.Key, a.Value)), entry.GetName().Name ?? "the app");
    }

    /// <summary>The numbers of an assembly that is not loaded, or null if the file is not an assembly.</summary>
    public static AppMetadata? OfFile(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            using var image = new PEReader(file);
            if (!image.HasMetadata)
            {
                return null;
            }

            MetadataReader reader = image.GetMetadataReader();
            return reader.IsAssembly ? FromPairs(ReadPairs(reader), path) : null;
        }
        catch (BadImageFormatException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AttestationException(
                AttestationFailure.IssuanceFailed,
                $"The app can't be measured: {path} can't be read. Give the path of the app's entry assembly or executable.",
                e);
        }
    }

    private static IEnumerable<(string Key, string? Value)> ReadPairs(MetadataReader reader)
    {
        foreach (CustomAttributeHandle handle in reader.GetAssemblyDefinition().GetCustomAttributes())
        {
            CustomAttribute attribute = reader.GetCustomAttribute(handle);
            if (attribute.Constructor.Kind != HandleKind.MemberReference)
            {
                continue;
            }

            EntityHandle type = reader.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent;
            if (type.Kind != HandleKind.TypeReference
                || !reader.StringComparer.Equals(reader.GetTypeReference((TypeReferenceHandle)type).Name, AttributeName))
            {
                continue;
            }

            // ECMA-335, II.23.3: prolog 0x0001, then the two strings of the constructor.
            BlobReader blob = reader.GetBlobReader(attribute.Value);
            if (blob.ReadUInt16() == 1 && blob.ReadSerializedString() is { } key)
            {
                yield return (key, blob.ReadSerializedString());
            }
        }
    }

    private static AppMetadata FromPairs(IEnumerable<(string Key, string? Value)> pairs, string app)
    {
        AppMetadata result = Default;
        foreach ((string key, string? value) in pairs)
        {
            result = key switch
            {
                ProductIdKey => result with { ProductId = Parse(key, value, app) },
                SecurityVersionKey => result with { SecurityVersion = Parse(key, value, app) },
                _ => result,
            };
        }

        return result;
    }

    private static ushort Parse(string key, string? value, string app) =>
        ushort.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number)
            ? number
            : throw new AttestationException(
                AttestationFailure.IssuanceFailed,
                $"The assembly metadata {key} of {app} is \"{value}\", which is not a number from 0 to 65535. Set the MSBuild property "
                + $"{key}.");
}
