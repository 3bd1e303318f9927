using System.Text;
using MarbleRun.Files;
using MarbleRun.Identity;

namespace MarbleRun.Activation;

/// <summary>Keeps the UUID of this instance over restarts, so that it gets the same private secrets.</summary>
internal static class UuidFile
{
    private const int LongestContent = 64;

    /// <summary>Reads the UUID, or makes a random one and stores it.</summary>
    /// <param name="path">The file's full path.</param>
    /// <param name="isNew">True if the UUID was made.</param>
    /// <exception cref="MarbleActivationException">The file is unreadable or holds something else.</exception>
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

            // A FIFO would be waited for, and a device never ends.
            return kind == FileNodeKind.File ? Parse(path) : throw new IOException($"There is {FileNode.Describe(kind)}, not a regular file.");
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
                $"The UUID file '{path}' does not hold a UUID. Put one in, or delete the file to start as a new instance, which gets other private secrets.");
        }

        return uuid != Guid.Empty ? uuid : throw new MarbleActivationException(
            MarbleActivationFailure.InstanceIdUnavailable,
            $"The UUID file '{path}' holds the zero UUID, which names no instance. Put another one in, or delete the file to start as a new instance.");
    }
}
