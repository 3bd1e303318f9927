using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Activation;

/// <summary>Replies that are incomplete or contradict themselves; none may leave a trace.</summary>
public sealed class ActivationReplyTests : ActivationFixture
{
    private string Trace => Path.Combine(Folder, "trace");

    [Theory]
    [InlineData("MARBLE_PREDEFINED_ROOT_CA")]
    [InlineData("MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN")]
    [InlineData("MARBLE_PREDEFINED_PRIVATE_KEY")]
    [InlineData("MARBLE_PREDEFINED_COORDINATOR_ROOT_CA")]
    [Case("marble-api", "Helper for apps: missing and broken variables")]
    public async Task Activate_ReservedVariableMissing_IsRefusedByName(string variable)
    {
        Answer((reply, _) => reply.Environment.Remove(variable));

        MarbleActivationException exception = await AssertRefusedAsync();

        Assert.Contains(variable, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MARBLE_PREDEFINED_ROOT_CA")]
    [InlineData("MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN")]
    [InlineData("MARBLE_PREDEFINED_PRIVATE_KEY")]
    [InlineData("MARBLE_PREDEFINED_COORDINATOR_ROOT_CA")]
    [Trait("Security", "G3")]
    [Case("marble-api", "Helper for apps: missing and broken variables")]
    public async Task Activate_ReservedVariableGarbage_IsRefused(string variable)
    {
        Answer((reply, _) => reply.Environment[variable] = [0x2d, 0x2d, 0xff, 0x00, 0x41]);

        await AssertRefusedAsync();
    }

    [Fact]
    [Trait("Security", "C1")]
    public async Task Activate_KeyOfAnotherCertificate_IsRefusedWithoutQuotingIt()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string pem = other.ExportPkcs8PrivateKeyPem();
        Answer((reply, _) => reply.Environment["MARBLE_PREDEFINED_PRIVATE_KEY"] = Encoding.UTF8.GetBytes(pem));

        MarbleActivationException exception = await AssertRefusedAsync();

        Assert.Contains("private key does not match", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(pem.Split('\n')[1], exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "C4")]
    public async Task Activate_ServerShowsAnotherCertificateThanItsReplyNames_IsRefused()
    {
        using var relay = new TestAuthority(Clock);
        Coordinator.ServerCertificate = relay.MarbleRoot;
        Answer((_, _) => { });

        MarbleActivationException exception = await AssertRefusedAsync();

        Assert.Contains("relayed", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "D2")]
    public async Task Activate_CertificateOfAnotherType_IsRefused()
    {
        Coordinator.Handler = call => FakeCoordinator.Reply(Authority, Authority.IssueMarble("backend", Guid.Parse(call.Uuid)));

        await AssertRefusedAsync();
    }

    [Fact]
    [Trait("Security", "C3")]
    public async Task Activate_CertificateOfAnotherInstance_IsRefused()
    {
        Coordinator.Handler = call => FakeCoordinator.Reply(Authority, Authority.IssueMarble(call.MarbleType, Guid.NewGuid()));

        await AssertRefusedAsync();
    }

    [Fact]
    public async Task Activate_CertificateOfAnotherAuthority_IsRefused()
    {
        using var other = new TestAuthority(Clock);
        Coordinator.Handler = call => FakeCoordinator.Reply(Authority, other.IssueMarble(call.MarbleType, Guid.Parse(call.Uuid)));

        await AssertRefusedAsync();
    }

    [Fact]
    public async Task Activate_IntermediateNotOfTheCoordinatorRoot_IsRefused()
    {
        using var other = new TestAuthority(Clock);
        Answer((reply, _) => reply.Environment["MARBLE_PREDEFINED_COORDINATOR_ROOT_CA"] = Encoding.UTF8.GetBytes(
            other.Root.ExportCertificatePem()));

        MarbleActivationException exception = await AssertRefusedAsync();

        Assert.Contains("Coordinator root", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Activate_CertificateAlreadyExpired_IsRefused()
    {
        Coordinator.Handler = call => FakeCoordinator.Reply(
            Authority, Authority.IssueMarble(call.MarbleType, Guid.Parse(call.Uuid), t => t.NotAfter = TimeSpan.FromSeconds(-1)));

        await AssertRefusedAsync();
    }

    private void Answer(Action<FakeReply, X509Certificate2> change) => Coordinator.Handler = call =>
    {
        X509Certificate2 leaf = Authority.IssueMarble(call.MarbleType, Guid.Parse(call.Uuid));
        FakeReply reply = FakeCoordinator.Reply(Authority, leaf);
        reply.Files[Trace] = [1];
        change(reply, leaf);
        return reply;
    };

    private async Task<MarbleActivationException> AssertRefusedAsync()
    {
        MarbleActivationException exception = await AssertFailsAsync(MarbleActivationFailure.InvalidReply);
        Assert.False(File.Exists(Trace));
        Assert.Single(Coordinator.Calls);
        return exception;
    }
}
