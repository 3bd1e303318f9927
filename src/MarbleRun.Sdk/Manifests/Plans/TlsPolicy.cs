using System.Buffers;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using MarbleRun.Manifests.Templates;
using MarbleRun.Manifests.Templates.Formatting;
using MarbleRun.Manifests.Templates.Functions;

namespace MarbleRun.Manifests.Plans;

/// <summary>
/// The connections of a Marble type that are wrapped in TLS transparently for the app (TTLS), from its TLS tags. A Marble gets the policy
/// as JSON, byte for byte as Go's encoding/json writes it: keys ordered by their bytes, without white space.
/// </summary>
internal sealed class TlsPolicy
{
    /// <summary>The longest message that a Marble receives (gRPC's default).</summary>
    private const int MaxLength = 4 * 1024 * 1024;

    /// <summary>Most Marbles have no tags.</summary>
    internal static TlsPolicy None { get; } = new([]);

    private readonly bool _isEmpty;
    private readonly ImmutableArray<(byte[] Key, TlsEntry Entry)> _incoming;
    private readonly ImmutableArray<(byte[] Key, TlsEntry Entry)> _outgoing;

    private TlsPolicy(IEnumerable<TlsTag> tags)
    {
        List<TlsTag> all = [.. tags];
        _isEmpty = all.Count == 0;
        _incoming = Sort(all.SelectMany(tag => tag.Incoming), entry => "*:" + entry.Port);
        _outgoing = Sort(all.SelectMany(tag => tag.Outgoing), entry => $"{entry.Addr}:{entry.Port}");
        References = new TemplateReferences(
            TemplateReferences.Names(_incoming.Select(incoming => incoming.Entry.Cert).Where(name => name.Length > 0)),
            TemplateReferences.None.PreviousSecrets);
    }

    /// <summary>The secrets whose certificates and keys the policy contains.</summary>
    public TemplateReferences References { get; }

    /// <summary>
    /// Creates the policy of a Marble from its tags in order. Tags that the manifest does not define were already refused.
    /// </summary>
    internal static TlsPolicy Create(MarbleDefinition marble, Manifest manifest) =>
        marble.Tls.IsEmpty ? None : new(marble.Tls.Select(tag => manifest.Tls[tag]));

    /// <summary>Returns the JSON for one instance, which contains private keys; null for a Marble without TLS tags.</summary>
    /// <param name="data">Contains the Marble's own certificate, and the secrets in <see cref="References"/>.</param>
    /// <exception cref="TemplateException">
    /// A secret that an entry names has no certificate or no key yet, or the policy is too long to be delivered.
    /// </exception>
    public ReadOnlyMemory<byte>? Render(TemplateData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (_isEmpty)
        {
            return null;
        }

        var json = new ClearingBufferWriter();
        try
        {
            json.Write("{\"tls\":{\"Incoming\":{"u8);
            WriteEntries(_incoming, data, isIncoming: true, json);
            json.Write("},\"Outgoing\":{"u8);
            WriteEntries(_outgoing, data, isIncoming: false, json);
            json.Write("}}}"u8);
            return json.Written;
        }
        catch (TemplateException)
        {
            json.Dispose();
            throw;
        }
    }

    /// <summary>If several entries have the same key, the last one counts.</summary>
    private static ImmutableArray<(byte[] Key, TlsEntry Entry)> Sort(IEnumerable<TlsEntry> entries, Func<TlsEntry, string> keyOf)
    {
        var byKey = new Dictionary<string, TlsEntry>(StringComparer.Ordinal);
        foreach (TlsEntry entry in entries)
        {
            byKey[keyOf(entry)] = entry;
        }

        return [.. byKey
            .Select(e => (Encoding.UTF8.GetBytes(e.Key), e.Value))
            .Order(Comparer<(byte[] Key, TlsEntry)>.Create(static (a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key)))];
    }

    private static void WriteEntries(
        ImmutableArray<(byte[] Key, TlsEntry Entry)> entries, TemplateData data, bool isIncoming, ClearingBufferWriter json)
    {
        bool isFirst = true;
        foreach ((byte[] key, TlsEntry entry) in entries)
        {
            json.Write(isFirst ? ""u8 : ","u8);
            isFirst = false;
            GoJson.WriteString(key, json);
            bool hasOwnCertificate = isIncoming && entry.Cert.Length > 0;
            (ReadOnlyMemory<byte> certificate, ReadOnlyMemory<byte> privateKey) = hasOwnCertificate
                ? OwnOf(entry, data)
                : (data.MarbleCert.Certificate, data.MarbleCert.Private);
            json.Write(":{\"cacrt\":"u8);
            WritePem(data.RootCa.Certificate, "CERTIFICATE", json);
            json.Write(",\"clicrt\":"u8);
            WritePem(certificate, "CERTIFICATE", json);
            if (isIncoming)
            {
                json.Write(hasOwnCertificate && entry.DisableClientAuth ? ",\"clientAuth\":false"u8 : ",\"clientAuth\":true"u8);
            }

            json.Write(",\"clikey\":"u8);
            WritePem(privateKey, "PRIVATE KEY", json);
            json.Write("}"u8);
            if (json.Written.Length > MaxLength)
            {
                throw new TemplateException($"the TLS policy is longer than {MaxLength} bytes");
            }
        }
    }

    private static (ReadOnlyMemory<byte> Certificate, ReadOnlyMemory<byte> PrivateKey) OwnOf(TlsEntry entry, TemplateData data)
    {
        TemplateSecret secret = data.Secrets.GetValueOrDefault(entry.Cert, TemplateSecret.Empty);
        return secret.Certificate.IsEmpty || secret.Private.IsEmpty
            ? throw new TemplateException(
                $"the secret {entry.Cert} of the incoming port {entry.Port} has no certificate with a private key; upload both")
            : (secret.Certificate, secret.Private);
    }

    private static void WritePem(ReadOnlyMemory<byte> der, string label, ClearingBufferWriter json)
    {
        byte[] pem = SecretFunctions.EncodePem(der.Span, label);
        GoJson.WriteString(pem, json);
        CryptographicOperations.ZeroMemory(pem);
    }
}
