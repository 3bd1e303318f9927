using System.Text;
using MarbleRun.Manifests.Templates;

namespace MarbleRun.Tests.Manifests.Templates;

/// <summary>Our part of the language means what it means in Go.</summary>
public sealed class OracleTests
{
    /// <summary>What we refuse on purpose although Go takes it; nothing else may differ.</summary>
    private static readonly string[] s_reasons =
    [
        "not supported by this Coordinator", "the variable $ is always the data", "printf needs a string literal", "printf: the format",
        "printf: a width of more than",
        "of a value that does not exist", "does not take a value of type", "cannot be printed",
        "needs one of the functions", "nil is not a command",
    ];

    [Fact]
    [Trait("Security", "E4")]
    public void Execute_SharedCorpus_GivesWhatGoGave()
    {
        OracleCase[] corpus = OracleCase.ReadCorpus();

        Assert.InRange(corpus.Length, 1500, int.MaxValue);
        Assert.Empty(corpus.Select(c => Difference(c, c.Output, c.Refused)).OfType<string>());
    }

    [Fact]
    [Trait("Security", "E4")]
    public async Task Corpus_KeptResults_AreStillThoseOfGo()
    {
        OracleCase[] corpus = OracleCase.ReadCorpus();

        byte[]?[] results = await GoOracle.ExecuteAsync(corpus);

        Assert.Equal(corpus.Select(c => Show(c.Output)), results.Select(Show));
    }

    [Fact]
    [Trait("Security", "E4")]
    public async Task Execute_RandomTemplates_GivesWhatGoGives()
    {
        var generator = new TemplateGenerator(2026);
        OracleCase[] cases = [.. Enumerable.Range(0, 5000).Select(_ => new OracleCase(generator.Next()))];

        byte[]?[] results = await GoOracle.ExecuteAsync(cases);

        Assert.Equal(cases.Length, results.Length);
        Assert.InRange(results.Count(r => r is not null), 1500, 4500);
        Assert.Empty(cases.Zip(results, (c, result) => Difference(c, result, refused: null)).OfType<string>());
    }

    /// <summary>
    /// Null if we do the same as Go, or refuse for one of the reasons what Go takes; the corpus says which cases these are.
    /// </summary>
    private static string? Difference(OracleCase oracleCase, byte[]? expected, bool? refused)
    {
        byte[]? found = null;
        string fault = string.Empty;
        try
        {
            found = TestTemplates.Run(Encoding.UTF8.GetBytes(oracleCase.Source), oracleCase.Target);
        }
        catch (TemplateException exception)
        {
            fault = exception.Message;
        }

        bool isRefused = found is null && expected is not null && s_reasons.Any(reason => fault.Contains(reason, StringComparison.Ordinal));
        bool isSame = Show(found) == Show(expected);
        return (refused ?? isRefused) == isRefused && (isSame || isRefused)
            ? null
            : $"{oracleCase.Source}: Go {Show(expected)}, ours {Show(found)} {fault}";
    }

    private static string Show(byte[]? result) => result is null ? "fails" : $"\"{Encoding.Latin1.GetString(result)}\"";
}
