using System.Globalization;
using System.Text;
using MarbleRun.Cli.Dashboard.Views;
using MarbleRun.Management;
using MarbleRun.Management.Revocations;

namespace MarbleRun.Cli.Dashboard.Watching;

/// <summary>A text that is another one when a page would show something else, so that browsers ask for the page only then. Times that pass
/// are not part of it.</summary>
internal static class ViewSignature
{
    public static string Of(DashboardView view)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{view.Phase}|{view.Notice}|{view.Status?.Phase}|{view.Mesh?.Signed.Fingerprint}|")
            .Append(CultureInfo.InvariantCulture, $"{view.VerifiedAt.Ticks}|{view.User.Name}|{view.Pending?.Fingerprint}|")
            .AppendJoin(',', view.Pending?.Missing ?? [])
            .Append(CultureInfo.InvariantCulture, $"|{view.Log.Length}|{view.Trail.Head?.Sequence}|{view.Trail.Head?.Hash}|")
            .Append(view.Trail.Note)
            .AppendJoin(',', view.Trail.Faults)
            .Append(view.Marbles.Note);
        foreach (RefusedActivation refused in view.Trail.Attempts)
        {
            text.Append(CultureInfo.InvariantCulture, $"|{refused.LastTime.ToUnixTimeSeconds()},{refused.Count},{refused.Certificate}");
        }

        foreach (IssuedMarble marble in view.Marbles.ByType.Values.SelectMany(marbles => marbles))
        {
            text.Append(marble.Certificate.AsSpan(0, Math.Min(16, marble.Certificate.Length)));
        }

        foreach (Revocation revocation in view.Marbles.Revocations)
        {
            text.Append(
                CultureInfo.InvariantCulture, $"|{revocation.Number},{revocation.IsInForce},{revocation.MissingApprovals}");
        }

        return text.ToString();
    }
}
