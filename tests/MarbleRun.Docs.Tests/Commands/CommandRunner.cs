using MarbleRun.Docs.Tests.Markdown;

namespace MarbleRun.Docs.Tests.Commands;

/// <summary>Who runs the commands of a document.</summary>
/// <param name="File">The document, relative to the repository, with slashes.</param>
/// <param name="Part">The block: <c>&lt;!-- part: name --&gt;</c> before it, or <c># part: name</c> as its first line.</param>
/// <param name="Runner">Class and method of a test that reads the document and runs the block, or <see cref="Ci"/>.</param>
internal sealed record CommandRunner(string File, string Part, string Runner)
{
    /// <summary>The script of the whole proof, which has the same commands.</summary>
    public const string Ci = ".ci/run";

    private const string Governance = "GovernanceGuideTests.Guide_FromTheFirstManifestToARecovery_WorksAsWritten";

    /// <summary>
    /// All blocks of commands. A new one needs a row here, and a test that runs it: in any project, in a file that names the document and the part as texts.
    /// </summary>
    public static IReadOnlyList<CommandRunner> All { get; } =
    [
        new("README.md", "try", Ci),
        new("README.md", "check", "GuideCommandTests.Check_OfTheReadme_AcceptsManifestAndQuote"),
        new("docs/manifest.md", "check", "GuideCommandTests.Check_OfTheManifestGuide_Succeeds"),
        new("docs/operations/governance.md", "people", Governance),
        new("docs/operations/governance.md", "manifest", Governance),
        new("docs/operations/governance.md", "update", Governance),
        new("docs/operations/governance.md", "acknowledge", Governance),
        new("docs/operations/governance.md", "package", Governance),
        new("docs/operations/governance.md", "recover", Governance),
        new("docs/recovery.md", "decrypt", "GuideCommandTests.Decrypt_OfTheRecoveryGuide_GivesTheSecret"),
    ];

    public bool Runs(CodeBlock block) => block.File == File && block.Part == Part;
}
