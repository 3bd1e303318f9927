using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Management.Revocations;
using MarbleRun.Manifests;

namespace MarbleRun.Cli.Dashboard.Views;

/// <summary>A certificate and how much of its life is left.</summary>
/// <param name="Owner">Whose it is.</param>
/// <param name="Since">The start of its validity.</param>
/// <param name="Until">The end of its validity.</param>
internal sealed record CertificateView(string Owner, DateTimeOffset Since, DateTimeOffset Until)
{
    /// <summary>A certificate with less of its life is near its end: Marbles renew at half of it.</summary>
    private const double NearEnd = 0.25;

    /// <summary>The certificates of the Coordinator, of users and of live Marbles, those that end first first.</summary>
    public static ImmutableArray<CertificateView> Of(DashboardView view)
    {
        var all = new List<CertificateView>();
        if (view.Coordinator is { } coordinator)
        {
            all.Add(Of("Root of the Coordinator", coordinator.Root));
            all.Add(Of("Intermediate, which issues the Marbles' certificates", coordinator.Intermediate));
        }

        foreach ((string name, UserDefinition user) in view.Mesh?.Manifest.Users.AsEnumerable() ?? [])
        {
            using X509Certificate2? certificate = UserView.Read(user.Certificate);
            if (certificate is not null)
            {
                all.Add(Of($"User {name}", certificate));
            }
        }

        foreach ((string type, ImmutableArray<IssuedMarble> marbles) in view.Marbles.ByType)
        {
            all.AddRange(marbles.Select(marble => new CertificateView($"Marble {type} {marble.Id}", marble.Since, marble.Until)));
        }

        return [.. all.OrderBy(certificate => certificate.Until).ThenBy(certificate => certificate.Owner, StringComparer.Ordinal)];
    }

    public CertificateHealth HealthAt(DateTimeOffset now)
    {
        TimeSpan life = Until - Since;
        return now >= Until ? CertificateHealth.Ended
            : now < Since ? CertificateHealth.NotYetValid
            : (Until - now).Ticks < life.Ticks * NearEnd ? CertificateHealth.NearEnd
            : CertificateHealth.Good;
    }

    private static CertificateView Of(string owner, X509Certificate2 certificate) =>
        new(owner, certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime());
}

/// <summary>How a certificate stands.</summary>
internal enum CertificateHealth
{
    Good,
    NearEnd,
    Ended,
    NotYetValid,
}
