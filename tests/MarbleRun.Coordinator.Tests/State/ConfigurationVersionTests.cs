using System.Collections.Immutable;
using MarbleRun.Audit;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Tests.Authority;
using MarbleRun.Manifests.Checks;

namespace MarbleRun.Coordinator.Tests.State;

/// <summary>What changes the configuration gives it another version; what only counts does not.</summary>
public sealed class ConfigurationVersionTests
{
    private static readonly CoordinatorState s_state = SealedFiles.CreateState();

    /// <summary>By property of the state: a change of it, and the part of the version that changes; null for what only counts.</summary>
    private static readonly Dictionary<string, (Func<CoordinatorState, CoordinatorState> Change, string? Part)> s_changes = new()
    {
        ["Manifest"] = (s => s with { Manifest = MeshManifest.Create("{}"u8.ToArray(), default, ManifestChecker.Check("{}"u8)) }, "Mesh"),
        ["Authority"] = (s => s with { Authority = MeshAuthorityTests.Create() }, "Mesh"),
        ["SecurityVersions"] = (s => s with { SecurityVersions = s.SecurityVersions.Add("package", 2) }, "Mesh"),
        ["InRecovery"] = (s => s with { InRecovery = true }, "Mesh"),
        ["PendingUpdate"] = (
            s => s with { PendingUpdate = new PendingUpdate(default, ImmutableSortedDictionary<string, bool>.Empty, 1) }, "Update"),
        ["Secrets"] = (s => s with { Secrets = s.Secrets.Add("key", new StoredSecret(default, default)) }, "Secrets"),
        ["PreviousSecrets"] = (
            s => s with { PreviousSecrets = s.PreviousSecrets.Add("key", new StoredSecret(default, default)) }, "Secrets"),
        ["RetiredAuthorities"] = (
            s => s with { RetiredAuthorities = [new(s.Authority.MarbleRoot, s.Authority.Intermediate, DateTimeOffset.UnixEpoch)] }, "Mesh"),
        ["Revocations"] = (s => s with { Revocations = s.Revocations.Without(1) }, "Revocations"),
        ["Generation"] = (s => s with { Generation = 9 }, null),
        ["RootSecret"] = (s => s with { RootSecret = new byte[32] }, null),
        ["PreviousRootSecret"] = (s => s with { PreviousRootSecret = new byte[32] }, null),
        ["ManifestSignatures"] = (s => s with { ManifestSignatures = default }, null),
        ["Activations"] = (s => s with { Activations = s.Activations.Add("web", 1) }, null),
        ["Protection"] = (s => s with { Protection = StateProtection.Create() }, null),
        ["UpdateLog"] = (s => s with { UpdateLog = s.UpdateLog.Add("{}") }, null),
        ["Counters"] = (s => s with { Counters = s.Counters.Raise("n", 1) }, null),
        ["IsGuarded"] = (s => s with { IsGuarded = true }, null),
        ["AuditHeads"] = (s => s.Recorded(AuditHead.Start), null),
        ["RecentActivations"] = (s => s with { RecentActivations = s.RecentActivations.Add("a", default) }, null),
    };

    public static TheoryData<string> Properties => [.. s_changes.Keys];

    [Theory]
    [MemberData(nameof(Properties))]
    public void After_OneChange_ChangesTheVersionOfItsPartAlone(string property)
    {
        (Func<CoordinatorState, CoordinatorState> change, string? part) = s_changes[property];

        ConfigurationVersion version = change(s_state).After(s_state).Configuration;

        Assert.Equal(
            new ConfigurationVersion(
                part == "Mesh" ? 1UL : 0, part == "Update" ? 1UL : 0, part == "Secrets" ? 1UL : 0, part == "Revocations" ? 1UL : 0),
            version);
        Assert.Equal(part is null or "Revocations", version.HasSameManifest(s_state.Configuration));
        Assert.Equal(part != "Mesh", change(s_state).After(s_state).HasSameMesh(s_state));
    }

    [Fact]
    public void After_StateThatIsOlder_HasAVersionOfItsOwn()
    {
        CoordinatorState changed = s_changes["Secrets"].Change(s_state).After(s_state);

        Assert.Equal(new ConfigurationVersion(0, 0, 2, 0), s_state.After(changed).Configuration);
    }

    [Fact]
    public void Changes_OfThisTest_AreOfAllPropertiesOfTheState() =>
        Assert.Equal(
            typeof(CoordinatorState).GetProperties().Where(p => p.SetMethod?.IsPublic == true).Select(p => p.Name).Order(),
            s_changes.Keys.Order());
}
