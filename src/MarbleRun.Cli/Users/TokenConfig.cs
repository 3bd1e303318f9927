using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MarbleRun.Cli.Users;

/// <summary>The configuration of a token, JSON as the reference's command line reads it. The case of names does not matter.</summary>
/// <param name="File">The file as the user named it, for messages.</param>
/// <param name="Library">The library of the token's vendor.</param>
/// <param name="Selector">The member that selects the token: <c>TokenLabel</c>, <c>TokenSerial</c> or <c>SlotNumber</c>.</param>
/// <param name="Token">The value of that member.</param>
/// <param name="UserType">The user who logs in; CKU_USER by default.</param>
/// <param name="LoginNotSupported">Whether the token is used without a login.</param>
internal sealed record TokenConfig(string File, string Library, string Selector, string Token, uint UserType, bool LoginNotSupported)
{
    private const string Serial = "TokenSerial";
    private const string Label = "TokenLabel";
    private const string Slot = "SlotNumber";

    /// <summary>The PIN in UTF-8, which the caller clears; null if the file has none.</summary>
    public byte[]? Pin { get; private init; }

    /// <summary>Keeps the PIN out of every text.</summary>
    public override string ToString() => $"{File}: {Selector} {Token} of {Library}";

    /// <exception cref="InputException">The file cannot be read, or is not a configuration.</exception>
    public static async Task<TokenConfig> ReadAsync(string path, CancellationToken cancellationToken)
    {
        byte[] content = await InputFile.ReadAsync(path, "PKCS#11 configuration", cancellationToken);
        try
        {
            using var document = JsonDocument.Parse(content);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? Read(path, document.RootElement)
                : throw Invalid(path, "it is not a JSON object");
        }
        catch (JsonException e)
        {
            // The message of the parser can quote the file.
            throw Invalid(path, $"it is not JSON: line {e.LineNumber + 1}");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    private static TokenConfig Read(string path, JsonElement file)
    {
        string library = FindText(path, file, "Path") is { Length: > 0 } found
            ? found
            : throw Invalid(path, "Path, the library of the token, is missing");
        (string Name, string? Value)[] selectors =
        [
            (Label, FindText(path, file, Label)), (Serial, FindText(path, file, Serial)),
            (Slot, FindNumber(path, file, Slot)?.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        ];
        (string Name, string? Value)[] chosen = [.. selectors.Where(s => !string.IsNullOrEmpty(s.Value))];
        if (chosen.Length != 1)
        {
            throw Invalid(path, $"exactly one of {Label}, {Serial} and {Slot} must select the token, not {chosen.Length}");
        }

        if (FindNumber(path, file, "MaxSessions") is 1 or < 0)
        {
            throw Invalid(path, "MaxSessions must be 0 or at least 2");
        }

        long userType = FindNumber(path, file, "UserType") ?? 1;
        return new TokenConfig(
            path,
            library,
            chosen[0].Name,
            chosen[0].Value!,
            userType is >= 0 and <= 2 ? (uint)userType : throw Invalid(path, "UserType must be 0, 1 or 2"),
            Find(file, "LoginNotSupported") is { ValueKind: JsonValueKind.True })
        {
            Pin = FindText(path, file, "Pin") is { } pin ? Encoding.UTF8.GetBytes(pin) : null,
        };
    }

    private static string? FindText(string path, JsonElement file, string name) => Find(file, name) switch
    {
        null or { ValueKind: JsonValueKind.Null } => null,
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        _ => throw Invalid(path, $"{name} is not text"),
    };

    private static long? FindNumber(string path, JsonElement file, string name) => Find(file, name) switch
    {
        null or { ValueKind: JsonValueKind.Null } => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt64(out long number) => number,
        _ => throw Invalid(path, $"{name} is not a whole number"),
    };

    private static JsonElement? Find(JsonElement file, string name)
    {
        JsonElement? found = null;
        foreach (JsonProperty member in file.EnumerateObject())
        {
            found = member.Name.Equals(name, StringComparison.OrdinalIgnoreCase) ? member.Value : found;
        }

        return found;
    }

    private static InputException Invalid(string path, string fault) =>
        new($"The PKCS#11 configuration {path} can't be used: {fault}.");
}
