namespace MarbleRun.Benchmarks.Callers;

/// <summary>One kind of request.</summary>
/// <param name="Name">Its name in the file of limits.</param>
/// <param name="What">What it is, in words.</param>
/// <param name="Server">The server that it is sent to.</param>
/// <param name="Answer">What must be answered; anything else is another measurement.</param>
/// <param name="SendAsync">Sends one and returns what was answered.</param>
internal sealed record RequestKind(string Name, string What, ServerProcess Server, string Answer, Func<Task<string>> SendAsync)
{
    /// <summary>Whether one takes seconds, so that few are sent.</summary>
    public bool IsSlow { get; init; }

    /// <summary>Sends one; what is wrong with its answer, or null.</summary>
    public async Task<string?> FindFaultAsync()
    {
        string answer = await SendAsync();
        return answer == Answer ? null : $"{Name}: the answer was '{answer}' and not '{Answer}'.";
    }

    public async Task RequireAsync()
    {
        if (await FindFaultAsync() is { } fault)
        {
            throw new InvalidOperationException(fault);
        }
    }
}
