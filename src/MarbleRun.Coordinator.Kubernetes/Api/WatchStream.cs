using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;

namespace MarbleRun.Coordinator.Kubernetes.Api;

/// <summary>The events of a watch: one JSON object in each line.</summary>
internal sealed class WatchStream : IDisposable
{
    /// <summary>The metadata of one object; a server that cannot do that sends all of it.</summary>
    private const int MaxLine = 4 * 1024 * 1024;

    private readonly HttpResponseMessage _response;
    private readonly CancellationTokenSource _limit;
    private PipeReader? _reader;

    public WatchStream(HttpResponseMessage response, TimeSpan longest)
    {
        _response = response;
        _limit = new CancellationTokenSource(longest);
    }

    /// <summary>Waits for the next event.</summary>
    /// <returns>Null at the end of the stream.</returns>
    public async Task<WatchEvent?> ReadAsync()
    {
        _reader ??= PipeReader.Create(await _response.Content.ReadAsStreamAsync(_limit.Token).ConfigureAwait(false));
        while (true)
        {
            ReadResult result = await _reader.ReadAsync(_limit.Token).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = result.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } end)
            {
                WatchEvent? received = Parse(buffer.Slice(0, end));
                _reader.AdvanceTo(buffer.GetPosition(1, end));
                return received ?? throw new JsonException("An event of the watch is empty.");
            }

            if (buffer.Length > MaxLine)
            {
                throw new JsonException("An event of the watch is too long.");
            }

            _reader.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                // What follows the last line was cut off.
                return null;
            }
        }
    }

    public void Dispose()
    {
        _limit.Cancel();
        _response.Dispose();
        _limit.Dispose();
    }

    private static WatchEvent? Parse(ReadOnlySequence<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        return JsonSerializer.Deserialize(ref reader, ApiJson.Default.WatchEvent);
    }
}
