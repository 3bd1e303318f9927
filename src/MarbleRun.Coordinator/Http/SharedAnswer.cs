using System.Runtime.CompilerServices;
using System.Text.Json;

namespace MarbleRun.Coordinator.Http;

/// <summary>An answer that everybody gets alike: it is written once for each value, and kept as long as the value is.</summary>
/// <typeparam name="T">What the answer is made of, immutable; another object is another answer.</typeparam>
internal sealed class SharedAnswer<T>(Action<Utf8JsonWriter, T> writeData)
    where T : class
{
    private readonly ConditionalWeakTable<T, Lazy<byte[]>> _answers = [];

    public Task AnswerAsync(HttpContext context, T value) => JSend.SuccessAsync(context, Get(value));

    internal byte[] Get(T value) => _answers.GetValue(value, v => new Lazy<byte[]>(() => JSend.Success(writer => writeData(writer, v)))).Value;
}
