using System.Text.Json;

namespace MarbleRun.Manifests.Checks;

/// <summary>Asking an element for a type that it may not have.</summary>
internal static class JsonElementExtensions
{
    public static bool TryGetNumber(this JsonElement element, out long number)
    {
        number = 0;
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out number);
    }

    public static bool TryGetTime(this JsonElement element, out DateTimeOffset time)
    {
        time = default;
        return element.ValueKind == JsonValueKind.String && element.TryGetDateTimeOffset(out time);
    }
}
