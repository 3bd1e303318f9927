using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace MarbleRun.Cli.Doctor.Marbles;

/// <summary>Reads a file that a build embedded in an assembly, without loading the assembly.</summary>
internal static class EmbeddedFile
{
    private const int LongestFile = 1024 * 1024;

    /// <returns>The content; null if the assembly embeds no file of this name.</returns>
    /// <exception cref="BadImageFormatException">This is not a .NET assembly, or it is damaged.</exception>
    public static byte[]? Read(Stream assembly, string name)
    {
        using var file = new PEReader(assembly);
        if (!file.HasMetadata || file.PEHeaders.CorHeader is not { } header)
        {
            throw new BadImageFormatException("It has no metadata.");
        }

        MetadataReader metadata = file.GetMetadataReader();
        foreach (ManifestResource resource in metadata.ManifestResources.Select(metadata.GetManifestResource))
        {
            // Resources with an implementation are in another file.
            if (!resource.Implementation.IsNil || !metadata.StringComparer.Equals(resource.Name, name))
            {
                continue;
            }

            PEMemoryBlock section = file.GetSectionData(header.ResourcesDirectory.RelativeVirtualAddress);
            if (resource.Offset > section.Length - sizeof(int))
            {
                throw new BadImageFormatException($"{name} is outside of the file.");
            }

            BlobReader reader = section.GetReader((int)resource.Offset, section.Length - (int)resource.Offset);
            int length = reader.ReadInt32();
            return length >= 0 && length <= LongestFile && length <= reader.RemainingBytes
                ? reader.ReadBytes(length)
                : throw new BadImageFormatException($"{name} is longer than {LongestFile} bytes, or than the file.");
        }

        return null;
    }
}
