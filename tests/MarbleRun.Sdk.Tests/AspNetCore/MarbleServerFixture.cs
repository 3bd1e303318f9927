using MarbleRun.Tests.Tls;
using MarbleRun.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Tests.AspNetCore;

/// <summary>Two meshes, one of them that of a Marble of type <c>backend</c> which a test starts.</summary>
public abstract class MarbleServerFixture : IDisposable
{
    protected MarbleServerFixture()
    {
        Authority = new TestAuthority(Clock);
        OtherAuthority = new TestAuthority(Clock);
    }

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected WaitingClock Clock { get; } = new();

    /// <summary>That of the server's mesh.</summary>
    protected TestAuthority Authority { get; }

    /// <summary>That of the other mesh.</summary>
    protected TestAuthority OtherAuthority { get; }

    public void Dispose()
    {
        Authority.Dispose();
        OtherAuthority.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected Task<MarbleServer> StartAsync(
        Action<WebApplication>? map = null, Action<MarbleOptions>? options = null, Action<WebApplicationBuilder>? configure = null) =>
        MarbleServer.StartAsync(
            TestIdentities.Create(Authority, "backend"),
            Clock,
            builder =>
            {
                builder.Services.Configure(options ?? (_ => { }));
                configure?.Invoke(builder);
            },
            map);
}
