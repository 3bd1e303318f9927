using System.Text;
using MarbleRun.Activation.Targets;
using MarbleRun.Files;
using MarbleRun.Identity;

namespace MarbleRun.Activation;

/// <summary>Keeps the UUID of this instance across restarts, so that it gets the same private secrets.</summary>
internal static class UuidFile
{
    private const int LongestContent = 64;

    /// <summary>Reads the UUID, or creates a random one and stores it.</summary>
    /// <param name="path">The file's full path.</param>
    /// <param name="isNew">True if the UUID was created.</param>
    /// <exception cref="MarbleActivationException">The file cannot be read or does not contain a UUID.</exception>
    public static Guid LoadOrCreate(string path, out bool isNew)
    {
        try
        {
            string place = FileLinks.Follow(path);
            FileNodeKind kind = FileNode.Look(place).Kind;
            isNew = kind == FileNodeKind.Nothing;
            if (isNew)
            {
                var created = Guid.NewGuid();
                PrivateFile.Write(place, Encoding.ASCII.GetBytes(MarbleUuid.ToCanonical(created)));
                return created;
            }

            // Reading a FIFO waits forever, and a device never ends.
            return kind == FileNodeKind.File
                ? Parse(path)
                : throw new IOException($"There is {FileNode.Describe(kind)}, not a regular file.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MarbleActivationException(
                MarbleActivationFailure.InstanceIdUnavailable,
                $"The UUID file '{path}' cannot be used: {e.Message} "
                + "Set EDG_MARBLE_UUID_FILE or Marble:UuidFile to a file in a folder that exists and is writable.",
                e);
        }
    }

    private static Guid Parse(string path)
    {
        using FileStream file = File.OpenRead(path);
        Span<byte> buffer = stackalloc byte[LongestContent];
        ReadOnlySpan<byte> content = buffer[..file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)];
        if (content.EndsWith("\n"u8))
        {
            content = content[..^1];
        }

        if (!MarbleUuid.TryParse(Encoding.ASCII.GetString(content), out Guid uuid))
        {
            throw new MarbleActivationException(
                MarbleActivationFailure.InstanceIdUnavailable,
                $"The UUID file '{path}' does not contain a UUID. Write one to it, or delete the file to start as a new instance, which "
                + $"gets other private secrets.");
        }

        return uuid != Guid.Empty ? uuid : throw new MarbleActivationException(
            MarbleActivationFailure.InstanceIdUnavailable,
            $"The UUID file '{path}' contains the zero UUID, which identifies no instance. Write another one to it, or delete the file to "
            + $"start as a new instance.");
    }
}
