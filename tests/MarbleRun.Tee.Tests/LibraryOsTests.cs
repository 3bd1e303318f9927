namespace MarbleRun.Tee.Tests;

/// <summary>
/// The shim in a mount namespace where a FUSE file system of ours (fuse/libos.c) is <c>/dev/attestation</c> and <c>/dev/sgx</c>, as
/// Gramine and Occlum have them; and before a <c>syscall()</c> that answers as Mystikos does. None of the three is there, nor SGX.
/// </summary>
/// <remarks>
/// Occlum and Mystikos are recognised by what uname() answers, which no namespace can change: a preloaded library answers it. Where the
/// shim is linked statically, nothing can be preloaded, and Occlum's uname() is linked in; all other calls reach the kernel.
/// </remarks>
public sealed class LibraryOsTests(LibraryOs libraryOs) : IClassFixture<LibraryOs>
{
    private static readonly string[] s_mystikos =
    [
        "the shim finds it without a choice",
        "it is not looked for if the caller says so",
        "a kernel without its calls",
        "a report has the report data that were asked for",
        "a report over other report data is refused",
        "announced sizes of 100 and 70,000 bytes are refused",
        "a failure of Open Enclave has its number",
        "keys are of their policy and identifier",
        "a short identifier is refused",
        "a key of zeros is refused",
    ];

    private static readonly string[] s_gramine =
    [
        "the shim finds it without a choice",
        "Occlum is not there",
        "a quote has the report data that were asked for",
        "16 threads get their own quotes",
        "a quote over other report data is refused",
        "a quote of 10 bytes is refused",
        "a quote of 64 KiB is read",
        "a larger quote is refused",
        "a failed quote is not a lack of permission",
        "report data that may not be written",
        "without remote attestation there are keys and no quotes",
        "gramine-direct is not a TEE",
        "keys are of measurement and signer",
        "keys have no identifier",
        "keys of other sizes are refused",
        "a key of zeros is refused",
        "a key that may not be read",
    ];

    private static readonly string[] s_occlum =
    [
        "the shim finds it without a choice",
        "a quote has the report data that were asked for",
        "16 threads get their own quotes",
        "a quote over other report data is refused",
        "announced sizes of 10 and 70,000 bytes are refused",
        "a quoting service that is not ready",
        "a failed quote",
        "a device that may not be opened",
        "keys are of their policy and identifier",
        "an identifier of a newer version is refused",
        "a failed key",
        "a key of zeros is refused",
    ];

    public static IEnumerable<TheoryDataRow<string>> Checks => Names.Select(n => new TheoryDataRow<string>(n));

    private static IEnumerable<string> Names =>
    [
        .. s_mystikos.Select(n => "Mystikos: " + n),
        .. s_gramine.Select(n => "Gramine: " + n),
        .. s_occlum.Select(n => "Occlum: " + n),
        .. s_gramine.Select(n => "Gramine (static): " + n),
        .. s_occlum.Select(n => "Occlum (static): " + n),
    ];

    [Theory]
    [MemberData(nameof(Checks))]
    public void LibraryOs_Check_Holds(string check) => libraryOs.Run.AssertHolds(check);

    /// <remarks>So that no check vanishes, and none is added that nothing looks at.</remarks>
    [Fact]
    public void LibraryOs_ToTheEnd_ReportsExactlyTheseChecks() => libraryOs.Run.AssertReported(Names);
}
