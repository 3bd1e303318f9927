using System.Globalization;

namespace MarbleRun.Coordinator.Stores.Tests.Linearizability;

/// <summary>Histories of simulated objects: correct ones always pass, and one wrong answer is found.</summary>
public sealed class RandomHistoryTests
{
    private const int Clients = 6;

    /// <summary>Answers that the reading client can have only by a fault.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Check_CorrectRegister_PassesAndAWrongReadIsFound(int seed)
    {
        for (int round = 0; round < 40; round++)
        {
            var random = new Random((seed * 1000) + round);
            string state = "0";
            int written = 0;
            Operation<RegisterInput, string>[] history = Simulate(
                random,
                120,
                () => new RegisterInput("x", random.Next(3) == 0 ? $"{++written}" : null),
                input =>
                {
                    state = input.Write ?? state;
                    return state;
                });
            LinearizabilityChecker.Check(new RegisterModel("0"), history).AssertLinearizable($"Seed {seed}, round {round}");

            int[] reads = [.. Closed(history).Where(i => history[i].Input.Write is null)];
            int changed = reads[random.Next(reads.Length)];
            string wrong = WrongValue(history, changed);
            history[changed] = history[changed] with { Output = wrong };

            CheckResult result = LinearizabilityChecker.Check(new RegisterModel("0"), history);

            Assert.True(result.Verdict == HistoryVerdict.NotLinearizable, $"Seed {seed}, round {round}: {history[changed]}");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Check_CorrectBudget_PassesAndOneMoreGrantIsFound(int seed)
    {
        for (int round = 0; round < 40; round++)
        {
            var random = new Random((seed * 1000) + round);
            int left = 20;
            Operation<string, bool>[] history = Simulate(random, 80, () => "web", _ => left-- > 0, openShare: 0);
            LinearizabilityChecker.Check(new BudgetModel(20), history).AssertLinearizable($"Seed {seed}, round {round}");

            int refused = Closed(history).First(i => !history[i].Output);
            history[refused] = history[refused] with { Output = true };

            Assert.Equal(HistoryVerdict.NotLinearizable, LinearizabilityChecker.Check(new BudgetModel(20), history).Verdict);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Check_CorrectCounter_PassesAndALostRaiseIsFound(int seed)
    {
        for (int round = 0; round < 40; round++)
        {
            var random = new Random((seed * 1000) + round);
            ulong state = 0, highest = 0;
            Operation<CounterInput, ulong>[] history = Simulate(
                random,
                120,
                () => new CounterInput("c", random.Next(4) == 0 ? 0 : highest += (ulong)random.Next(1, 4)),
                input =>
                {
                    ulong before = state;
                    state = Math.Max(state, input.Value);
                    return before;
                });
            LinearizabilityChecker.Check(new CounterModel(), history).AssertLinearizable($"Seed {seed}, round {round}");

            // As if everything before had been lost.
            int changed = Closed(history).Last();
            history[changed] = history[changed] with { Output = 0 };

            Assert.Equal(HistoryVerdict.NotLinearizable, LinearizabilityChecker.Check(new CounterModel(), history).Verdict);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Check_CorrectUpdateLog_PassesAndAMissingLineIsFound(int seed)
    {
        for (int round = 0; round < 40; round++)
        {
            var random = new Random((seed * 1000) + round);
            var model = new UpdateLogModel();
            string state = model.Initial;
            int version = 0;
            Operation<UpdateInput, string>[] history = Simulate(
                random,
                80,
                () => new UpdateInput(random.Next(2) == 0 ? null : ++version),
                input =>
                {
                    string before = state;
                    _ = model.TryStep(before, new Operation<UpdateInput, string>(0, input, 0, string.Empty, long.MaxValue), out state);
                    return input.Version is null ? before : state == before ? UpdateLogModel.Refused : UpdateLogModel.Applied;
                });
            LinearizabilityChecker.Check(model, history).AssertLinearizable($"Seed {seed}, round {round}");

            int read = Closed(history).Last(i => history[i].Input.Version is null && history[i].Output.Count(c => c == ' ') > 2);
            string log = history[read].Output;
            int second = log.IndexOf(' ', 1);
            history[read] = history[read] with { Output = log[second..] };

            Assert.Equal(HistoryVerdict.NotLinearizable, LinearizabilityChecker.Check(model, history).Verdict);
        }
    }

    /// <summary>
    /// Clients that call at random times. Each operation takes effect at a random moment between start and end; some are open, of which one
    /// half takes effect at some moment.
    /// </summary>
    private static Operation<TInput, TOutput>[] Simulate<TInput, TOutput>(
        Random random, int count, Func<TInput> next, Func<TInput, TOutput> apply, double openShare = 0.05)
    {
        // Each client's times; ties are broken by adding the number of the event.
        long[] free = new long[Clients];
        var planned = new List<(int Client, long Start, long Effect, long End)>();
        for (int i = 0; i < count; i++)
        {
            int client = random.Next(Clients);
            long start = free[client] + random.Next(1, 40);
            long end = start + random.Next(2, 60);
            free[client] = end;
            planned.Add((client, start, random.NextInt64(start, end), end));
        }

        var operations = new List<Operation<TInput, TOutput>>();
        var inputs = new TInput[count];
        foreach (int i in Enumerable.Range(0, count).OrderBy(i => planned[i].Start).ThenBy(i => i))
        {
            inputs[i] = next();
        }

        foreach (int i in Enumerable.Range(0, count).OrderBy(i => planned[i].Effect).ThenBy(i => planned[i].Start).ThenBy(i => i))
        {
            (int client, long start, _, long end) = planned[i];
            bool isOpen = random.NextDouble() < openShare;
            TOutput output = isOpen && random.Next(2) == 0 ? default! : apply(inputs[i]);
            operations.Add(new Operation<TInput, TOutput>(
                client, inputs[i], (start * count) + i, output, isOpen ? Operation<TInput, TOutput>.Never : (end * count) + i));
        }

        return [.. operations.OrderBy(o => o.Invoked)];
    }

    private static IEnumerable<int> Closed<TInput, TOutput>(Operation<TInput, TOutput>[] history) =>
        Enumerable.Range(0, history.Length).Where(i => !history[i].IsOpen);

    /// <summary>A value that was overwritten before the read, if there is one; else one that was written after it, or never.</summary>
    private static string WrongValue(Operation<RegisterInput, string>[] history, int read)
    {
        Operation<RegisterInput, string>[] writes = [.. history.Where(o => o.Input.Write is not null && !o.IsOpen)];
        Operation<RegisterInput, string>? old = writes.FirstOrDefault(w =>
            writes.Any(later => later.Invoked > w.Returned && later.Returned < history[read].Invoked));
        return old?.Input.Write
            ?? writes.FirstOrDefault(w => w.Invoked > history[read].Returned)?.Input.Write
            ?? (-1).ToString(CultureInfo.InvariantCulture);
    }
}
