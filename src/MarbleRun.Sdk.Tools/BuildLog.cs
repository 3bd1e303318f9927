using System.Globalization;

namespace MarbleRun.Sdk.Tools;

/// <summary>Writes to standard output in MSBuild's format: <c>file(line,column): error CODE: text</c>.</summary>
internal static class BuildLog
{
    private const string Code = "MARBLE001";

    public static void Error(string? file, int? line, int? column, string text) => Write("error", file, line, column, text);

    public static void Warning(string? file, int? line, int? column, string text) => Write("warning", file, line, column, text);

#pragma warning disable RS0030 // The build reads the standard output of the programs that it runs.
    public static void Note(string text) => Console.Out.WriteLine(text);
#pragma warning restore RS0030

    private static void Write(string severity, string? file, int? line, int? column, string text)
    {
        string place = line is null ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"({line},{column})");
        Note($"{file ?? "marblerun"}{place}: {severity} {Code}: {text.ReplaceLineEndings(" ")}");
    }
}
