using System.Text;

namespace MarbleRun.Sdk.Tools;

/// <summary>A manifest of Gramine for a published service, in its template form (Gramine 1.7 and later, "Manifest syntax").</summary>
/// <remarks>
/// Gramine measures the manifest with the hashes of all trusted files: MRENCLAVE covers the app, the runtime, the arguments and the
/// environment. Only the variables of <see cref="s_platformVariables"/> come from the host.
/// </remarks>
internal sealed class GramineManifest
{
    private const string Libraries = "/usr/lib/{{ arch_libdir }}";

    private static readonly string[] s_platformVariables =
    [
        "EDG_MARBLE_COORDINATOR_ADDR",
        "EDG_MARBLE_DNS_NAMES",
        "EDG_MARBLE_TYPE",
    ];

    // What the runtime and OpenSSL load besides libc, which Gramine brings.
    private static readonly string[] s_libraries = ["libcrypto.so.3", "libgcc_s.so.1", "libssl.so.3", "libstdc++.so.6", "libz.so.1"];

    /// <summary>The name of the service's file: a program in native code, or an assembly.</summary>
    public required string App { get; init; }

    /// <summary>The published files, relative to the manifest.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>The folder of a shared runtime, or null if the service brings its own, or is native code.</summary>
    public string? Runtime { get; init; }

    public required ushort ProductId { get; init; }

    public required ushort SecurityVersion { get; init; }

    /// <summary>The largest heap of the garbage collector, in MiB.</summary>
    public required int HeapLimit { get; init; }

    /// <summary>The size of the enclave, in MiB: a power of two.</summary>
    public required int EnclaveSize { get; init; }

    public required int Threads { get; init; }

    /// <summary>Beside an assembly, the program that starts it.</summary>
    private string ProgramName => IsAssembly(App) ? Path.GetFileNameWithoutExtension(App) : App;

    /// <summary>Whether a published file is an assembly, and not a program.</summary>
    public static bool IsAssembly(string file) => file.EndsWith(".dll", StringComparison.Ordinal);

    public override string ToString()
    {
        var text = new StringBuilder();
        string program = Runtime is null ? $"/app/{ProgramName}" : $"{Runtime}/dotnet";
        Line("# For Gramine, by dotnet publish -t:GramineManifest. Sign it with gramine-manifest and gramine-sgx-sign: "
            + "docs/tee/sgx-gramine.md.");
        Line($"libos.entrypoint = {Quote(program)}");
        Line($"loader.argv = [{string.Join(", ", Arguments(program).Select(Quote))}]");
        Line("loader.log_level = \"error\"");
        Line();
        Line("# The host sets these variables; everything else is pinned, and OE_SIMULATION is not among them.");
        foreach (string name in s_platformVariables)
        {
            Line($"loader.env.{name} = {{ passthrough = true }}");
        }

        foreach ((string name, string value) in Variables())
        {
            Line($"loader.env.{name} = {Quote(value)}");
        }

        Line();
        Line("# The host keeps /state: the UUID of a Marble, the sealed state of a Coordinator. Files of the manifest are in the enclave's "
            + "memory.");
        Line("fs.start_dir = \"/app\"");
        Line("fs.mounts = [");
        Line("  { path = \"/lib\", uri = \"file:{{ gramine.runtimedir() }}\" },");
        Line($"  {{ path = {Quote(Libraries)}, uri = {Quote("file:" + Libraries)} }},");
        if (Runtime is not null)
        {
            Line($"  {{ path = {Quote(Runtime)}, uri = {Quote("file:" + Runtime)} }},");
        }

        foreach (string file in Files)
        {
            Line($"  {{ path = {Quote("/app/" + file)}, uri = {Quote("file:" + file)} }},");
        }

        Line("  { type = \"tmpfs\", path = \"/tmp\" },");
        Line("  { path = \"/state\", uri = \"file:state\" },");
        Line("  { type = \"tmpfs\", path = \"/app/data\" },");
        Line("]");
        Line();
        Line("sys.enable_extra_runtime_domain_names_conf = true");
        Line("sys.stack.size = \"1M\"");
        Line();
        Line("sgx.debug = false");
        Line("sgx.remote_attestation = \"dcap\"");
        Line($"sgx.enclave_size = \"{EnclaveSize}M\"");
        Line($"sgx.max_threads = {Threads}");
        Line($"sgx.isvprodid = {ProductId}");
        Line($"sgx.isvsvn = {SecurityVersion}");
        Line();
        Line("sgx.trusted_files = [");
        Line("  \"file:{{ gramine.libos }}\",");
        Line("  \"file:{{ gramine.runtimedir() }}/\",");
        foreach (string library in s_libraries)
        {
            Line($"  {Quote($"file:{Libraries}/{library}")},");
        }

        if (Runtime is not null)
        {
            Line($"  {Quote($"file:{Runtime}/")},");
        }

        foreach (string file in Files)
        {
            Line($"  {Quote("file:" + file)},");
        }

        Line("]");
        Line("sgx.allowed_files = [\"file:state/\"]");
        return text.ToString();

        void Line(string line = "") => text.Append(line).Append('\n');
    }

    private IEnumerable<string> Arguments(string program) => Runtime is null ? [program] : [program, $"/app/{App}"];

    // A host reads settings in its working directory, so that this is the measured one and not the one that the host keeps.
    // Write-xor-execute needs memfd_create, which Gramine lacks; a heap without a limit reserves more than an enclave has; and diagnostics
    // would open a socket for the host.
    private IEnumerable<(string Name, string Value)> Variables() =>
    [
        ("DOTNET_EnableDiagnostics", "0"),
        ("DOTNET_EnableWriteXorExecute", "0"),
        ("DOTNET_GCHeapHardLimit", FormattableString.Invariant($"0x{HeapLimit * 1024L * 1024L:x}")),
        ("EDG_COORDINATOR_SEAL_DIR", "/state"),
        ("EDG_MARBLE_UUID_FILE", "/state/uuid"),
        ("HOME", "/tmp"),
        ("LD_LIBRARY_PATH", $"/lib:{Libraries}"),
        ("PATH", "/app"),
    ];

    /// <summary>A basic string of TOML 1.0. What Gramine's template language reads is escaped.</summary>
    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' or '\\' => quoted.Append('\\').Append(c),
                _ when char.IsControl(c) => quoted.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\u{(int)c:X4}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }
}
