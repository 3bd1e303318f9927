using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using MarbleRun.Coordinator.State.Trust;

namespace MarbleRun.Coordinator.State;

/// <summary>
/// One line of the update log: a JSON object with <c>time</c>, <c>update</c> and what belongs to the update, in the order of MarbleRun 1.9.
/// </summary>
internal static class UpdateLogEntry
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string InitialManifestSet(DateTimeOffset time) => Write(time, "Initial manifest set", _ => { });

    public static string SecurityVersionIncreased(DateTimeOffset time, string user, string package, ulong version) =>
        Write(time, "SecurityVersion increased", json =>
        {
            json.WriteString("user", user);
            json.WriteString("package", package);
            json.WriteNumber("new version", version);
        });

    public static string SecretSet(DateTimeOffset time, string user, string secret, string type) => Write(time, "Secret set", json =>
    {
        json.WriteString("user", user);
        json.WriteString("secret", secret);
        json.WriteString("type", type);
    });

    public static string UpdateStarted(DateTimeOffset time, string user, PendingUpdate update) =>
        update.Missing == 0
            ? Write(time, "Complete Manifest update initiated by user. No further acknowledgements required", json =>
            {
                json.WriteString("user", user);
                json.WriteString("manifestFingerprint", update.Fingerprint);
            })
            : Write(
                time,
                "Complete Manifest update initiated by user. Waiting for acknowledgments to apply the update",
                json => WriteProgress(json, user, update));

    public static string UpdateAcknowledged(DateTimeOffset time, string user, PendingUpdate update) =>
        Write(time, "Complete Manifest update acknowledged by user", json => WriteProgress(json, user, update));

    public static string UpdateCancelled(DateTimeOffset time, string user, string fingerprint) =>
        Write(time, "Complete Manifest update cancelled by user", json =>
        {
            json.WriteString("user", user);
            json.WriteString("manifestFingerprint", fingerprint);
        });

    public static string UpdateFailed(DateTimeOffset time, string fingerprint) =>
        Write(
            time,
            "Complete Manifest update cancelled due to error during apply",
            json => json.WriteString("manifestFingerprint", fingerprint));

    public static string ManifestUpdated(DateTimeOffset time, string fingerprint) =>
        Write(time, "Complete Manifest updated", json => json.WriteString("manifestFingerprint", fingerprint));

    /// <param name="time">When.</param>
    /// <param name="user">Who.</param>
    /// <param name="update">What happened.</param>
    /// <param name="revocation">The revocation. Its reason is not written: any caller can read the log.</param>
    /// <param name="missing">How many users must still agree; 0 if it was done.</param>
    public static string Revocation(DateTimeOffset time, string user, string update, MarbleRevocation revocation, int missing) =>
        Write(time, update, json =>
        {
            json.WriteString("user", user);
            json.WriteNumber("revocation", revocation.Number);
            json.WriteString(revocation.Subject.Kind.ToName(), revocation.Subject.Value);
            if (missing > 0)
            {
                json.WriteNumber("missingApprovals", missing);
            }
        });

    private static void WriteProgress(Utf8JsonWriter json, string user, PendingUpdate update)
    {
        json.WriteString("user", user);
        json.WriteNumber("missingAcknowledgments", update.Missing);
        json.WriteStartArray("missingUsers");
        foreach (string missing in update.MissingUsers)
        {
            json.WriteStringValue(missing);
        }

        json.WriteEndArray();
        json.WriteString("manifestFingerprint", update.Fingerprint);
    }

    private static string Write(DateTimeOffset time, string update, Action<Utf8JsonWriter> writeRest)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, s_options))
        {
            json.WriteStartObject();
            json.WriteString("time", time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            json.WriteString("update", update);
            writeRest(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
