using System.Runtime.CompilerServices;
using System.Text.Json;

namespace MarbleRun.Coordinator.Http;

/// <summary>An answer that is the same for all callers: it is written once for each value, and kept as long as the value.</summary>
/// <typeparam name="T">The immutable input of the answer; another object results in another answer.</typeparam>
internal sealed class SharedAnswer<T>(Action<Utf8JsonWriter, T> writeData)
    where T : class
{
    private readonly ConditionalWeakTable<T, Lazy<byte[]>> _answers = [];

    public Task AnswerAsync(HttpContext context, T value) => JSend.SuccessAsync(context, Get(value));

    internal byte[] Get(T value) =>
        _answers.GetValue(value, v => new Lazy<byte[]>(() => JSend.Success(writer => writeData(writer, v)))).Value;
}
