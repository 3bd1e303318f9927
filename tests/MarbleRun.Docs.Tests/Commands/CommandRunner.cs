using MarbleRun.TestSupport.Markdown;

namespace MarbleRun.Docs.Tests.Commands;

/// <summary>Who runs the commands of a document.</summary>
/// <param name="File">The document, relative to the repository, with slashes.</param>
/// <param name="Part">The block: <c>&lt;!-- part: name --&gt;</c> before it, or <c># part: name</c> as its first line.</param>
/// <param name="Runner">Class and method of a test that reads the document and runs the block, or <see cref="Ci"/>.</param>
internal sealed record CommandRunner(string File, string Part, string Runner)
{
    /// <summary>The script of the whole proof, which has the same commands.</summary>
    public const string Ci = ".ci/run";

    private const string CommandLine = "CommandLineReadmeTests.Use_AfterTheInstallation_WorksAsWritten";
    private const string FirstCoordinator = "ReadmeCommandTests.Coordinator_MadeByItsReadme_RunsAndWaitsForAManifest";
    private const string FirstMarble = "ReadmeCommandTests.Marble_RunAsItsReadmeSays_Activates";
    private const string FirstMesh = "GettingStartedTests.Mesh_InAnEmptyFolder_StartsAndPassesItsTests";
    private const string FirstService = "GettingStartedTests.Service_ThatBecomesAMarble_AnswersWhoVerifiedTheMesh";
    private const string Governance = "GovernanceGuideTests.Guide_FromTheFirstManifestToARecovery_WorksAsWritten";
    private const string Install = "ReadmeCommandTests.Install_OfAPackage_AddsItToAProject";
    private const string MeshTemplate = "MeshTemplateTests.Mesh_UnderAnAwkwardName_AnswersAndPassesItsTests";
    private const string Templates = "ReadmeCommandTests.Templates_InstalledByTheirReadme_MakeAMeshThatAnswers";

    /// <summary>
    /// All blocks of commands. A new one needs a row here, and a test that runs it: in any project, in a file that names the document and
    /// the part as texts.
    /// </summary>
    public static IReadOnlyList<CommandRunner> All { get; } =
    [
        new("README.md", "try", Ci),
        new("README.md", "check", "GuideCommandTests.Check_OfTheReadme_AcceptsManifestAndQuote"),
        new("docs/getting-started.md", "feed", "GettingStartedTests.Feed_MadeAndAdded_HasThePackages"),
        new("docs/getting-started.md", "mesh", FirstMesh),
        new("docs/getting-started.md", "tests", FirstMesh),
        new("docs/getting-started.md", "service", FirstService),
        new("docs/getting-started.md", "coordinator", FirstService),
        new("docs/getting-started.md", "run", FirstService),
        new("docs/getting-started.md", "verify", FirstService),
        new("docs/getting-started.md", "publish", FirstService),
        new("docs/manifest.md", "check", "GuideCommandTests.Check_OfTheManifestGuide_Succeeds"),
        new("docs/operations/governance.md", "people", Governance),
        new("docs/operations/governance.md", "manifest", Governance),
        new("docs/operations/governance.md", "update", Governance),
        new("docs/operations/governance.md", "acknowledge", Governance),
        new("docs/operations/governance.md", "package", Governance),
        new("docs/operations/governance.md", "recover", Governance),
        new("docs/recovery.md", "decrypt", "GuideCommandTests.Decrypt_OfTheRecoveryGuide_GivesTheSecret"),
        new("docs/tee/sgx-gramine.md", "publish", "GramineTests.GramineManifest_WithoutGramine_IsWrittenAndSaysHowToSignIt"),
        new("docs/tee/sgx-gramine.md", "sign", "GramineTests.GramineManifest_SignedByHand_TakesTheCommandsOfTheGuide"),
        new("nuget/MarbleRun.Cli/README.md", "install", CommandLine),
        new("nuget/MarbleRun.Cli/README.md", "use", CommandLine),
        new("nuget/MarbleRun.Cli/README.md", "sign", "SignGuideTests.Sign_OfTheCommandLinesReadme_WorksAsWritten"),
        new("nuget/MarbleRun.Coordinator/README.md", "new", FirstCoordinator),
        new("nuget/MarbleRun.Attestation/README.md", "install", Install),
        new("nuget/MarbleRun.Sdk/README.md", "install", Install),
        new("nuget/MarbleRun.Templates/README.md", "install", Templates),
        new("nuget/MarbleRun.Templates/README.md", "mesh", Templates),
        new("nuget/MarbleRun.Templates/templates/coordinator/README.md", "run", FirstCoordinator),
        new("nuget/MarbleRun.Templates/templates/marble/README.md", "coordinator", FirstMarble),
        new("nuget/MarbleRun.Templates/templates/marble/README.md", "run", FirstMarble),
        new("nuget/MarbleRun.Templates/templates/mesh/README.md", "start", MeshTemplate),
        new(
            "nuget/MarbleRun.Templates/templates/mesh/README.md",
            "watch",
            "InnerLoopTests.Backend_ChangedWhileTheMeshIsWatched_GivesTheNewAnswer"),
        new("nuget/MarbleRun.Templates/templates/mesh/README.md", "tests", MeshTemplate),
        new("nuget/MarbleRun.Testing/README.md", "install", Install),
    ];

    public bool Runs(CodeBlock block) => block.File == File && block.Part == Part;
}
