using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace MarbleRun.Secrets;

/// <summary>Characters of a value while it is parsed, which are cleared afterwards.</summary>
internal sealed class ValueText : IDisposable
{
    private readonly char[] _characters;

    private ValueText(char[] characters)
    {
        _characters = characters;
    }

    public ReadOnlySpan<char> Value => _characters;

    public static ValueText Read(ReadOnlySpan<byte> value)
    {
        // PEM is ASCII: a wrong byte becomes a character that no reader of PEM accepts.
        char[] characters = new char[value.Length];
        Encoding.Latin1.GetChars(value, characters);
        return new ValueText(characters);
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(_characters.AsSpan()));
}
