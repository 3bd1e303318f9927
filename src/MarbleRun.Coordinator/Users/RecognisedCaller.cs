namespace MarbleRun.Coordinator.Users;

/// <summary>Marks a request whose caller is known: a user of the manifest, or a Marble of the mesh.</summary>
internal sealed class RecognisedCaller
{
    private static readonly RecognisedCaller s_mark = new();

    public static void Mark(HttpContext context) => context.Features.Set(s_mark);

    public static bool Is(HttpContext context) => context.Features.Get<RecognisedCaller>() is not null;
}
