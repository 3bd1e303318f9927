namespace MarbleRun.Coordinator.Tests.Scale;

/// <summary>
/// The formulas of <c>docs/operations/scale.md</c>: what a mesh of so many Marbles needs of three Coordinators, from figures that were
/// measured. The page has the same names.
/// </summary>
/// <param name="Marbles">How many Marbles there are.</param>
internal sealed record ScaleFormulas(int Marbles)
{
    public const int Coordinators = 3;

    /// <summary>Of one Coordinator.</summary>
    public const int Processors = 2;

    /// <summary>How many renewals may wait at one Coordinator, and how many it serves at once: as <c>RenewalRegistration</c> has it.
    /// </summary>
    public const int Places = 256;

    public const int AtOnce = 32;

    /// <summary>In seconds: when a Marble comes again that was asked to, while its certificate has more than ten minutes left.</summary>
    public const int ShortestLater = 60;

    public const int LongestLater = 66;

    /// <summary>The part of the Marbles that starts again on a day.</summary>
    public const double StartsPerDay = 0.1;

    /// <summary>The activations of one of so many Marbles are counted.</summary>
    public const int OneCountedOf = 10;

    /// <summary>Of a certificate of a Marble that renews.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    /// <summary>Between two renewals, on average.</summary>
    public static readonly TimeSpan Period = Lifetime / 2;

    /// <summary>In which all Marbles renew that got their certificates at the same time: the jitter of a tenth to both sides.</summary>
    public static readonly TimeSpan Wave = Period / 5;

    /// <summary>The longest pause between two attempts of a Marble that finds no Coordinator, on average.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(10);

    /// <summary>Within which all Marbles come that an update makes renew.</summary>
    public static readonly TimeSpan Early = TimeSpan.FromSeconds(5);

    /// <summary>Processor time, the most that was measured.</summary>
    public static readonly TimeSpan Activation = TimeSpan.FromMilliseconds(6.5);

    public static readonly TimeSpan Renewal = TimeSpan.FromMilliseconds(13.5);

    /// <summary>Of the list of trust, to one Marble.</summary>
    public static readonly TimeSpan Update = TimeSpan.FromMilliseconds(0.29);

    /// <summary>Of a stream in which nothing happens, in a minute.</summary>
    public static readonly TimeSpan StreamMinute = TimeSpan.FromMilliseconds(0.29);

    /// <summary>Of the start of a stream, with its handshake.</summary>
    public static readonly TimeSpan StreamStart = TimeSpan.FromMilliseconds(4.3);

    /// <summary>Of a stream, in KiB, and of a Coordinator without streams, in MiB.</summary>
    public const double StreamMemory = 111;

    public const double OwnMemory = 204;

    /// <summary>Of the manifest that the page computes with, in bytes, and what is in its state besides.</summary>
    public const double Manifest = 50_000;

    public const int SymmetricSecrets = 50;

    public const int CertificateSecrets = 50;

    public const int CountedTypes = 10;

    public const int UpdateLogLines = 100;

    /// <summary>As <c>ActivationBudget</c> has it.</summary>
    public const int MostRepeatable = 4_096;

    /// <summary>Within which a mesh is rolled out.</summary>
    public static readonly TimeSpan RollOut = TimeSpan.FromHours(1);

    /// <summary>In bytes: of an activation and of a renewal in the audit trail.</summary>
    public const double ActivationRecord = 690;

    public const double RenewalRecord = 680;

    /// <summary>In bytes: of a state without a manifest, and of what it holds besides the manifest.</summary>
    public const double EmptyState = 2600;

    public const double SymmetricSecret = 133;

    public const double CertificateSecret = 1040;

    public const double CountedType = 25;

    /// <summary>Of a counted activation that can be repeated, for ten minutes.</summary>
    public const double RepeatableActivation = 99;

    public const double UpdateLogLine = 228;

    /// <summary>A second.</summary>
    public double RenewalRate => Marbles / Period.TotalSeconds;

    public double ActivationRate => Marbles * StartsPerDay / TimeSpan.FromDays(1).TotalSeconds;

    /// <summary>The most renewals a second of one Coordinator that does nothing else.</summary>
    public static double Capacity => Processors / Renewal.TotalSeconds;

    /// <summary>The part of the processors that is used while nothing happens but renewals and a few starts.</summary>
    /// <param name="coordinators">How many Coordinators there are: all, or those that are left.</param>
    public double Utilisation(int coordinators) =>
        ((ActivationRate * (Activation + StreamStart)) + (RenewalRate * Renewal) + (Marbles / 60.0 * StreamMinute)).TotalSeconds
        / (coordinators * Processors);

    /// <summary>Resident memory of one Coordinator, in GiB.</summary>
    public double Memory(int coordinators) => ((Marbles / coordinators * StreamMemory) + (OwnMemory * 1024)) / 1024 / 1024;

    /// <summary>How long all processors work to start all Marbles, each with its stream.</summary>
    public TimeSpan StartAll => Marbles * (Activation + StreamStart) / (Coordinators * Processors);

    /// <summary>How long they work until an update is at all Marbles.</summary>
    public TimeSpan UpdateAll => Marbles * Update / (Coordinators * Processors);

    /// <summary>Bytes of the audit trails in a day.</summary>
    public double AuditVolume => TimeSpan.FromDays(1).TotalSeconds * ((ActivationRate * ActivationRecord) + (RenewalRate * RenewalRecord));

    /// <summary>Looks at the version in a second, at most: one for an activation, two for a renewal, and regular ones.</summary>
    public double Looks => ActivationRate + (2 * RenewalRate) + (Coordinators / 5.0);

    /// <summary>Commits a second while the mesh is rolled out: those of its counted activations.</summary>
    public double RollOutCommits => Marbles / (double)OneCountedOf / RollOut.TotalSeconds;

    /// <summary>The sealed state in bytes, while the mesh is rolled out.</summary>
    public double State =>
        EmptyState + (Manifest * 4 / 3) + (SymmetricSecrets * SymmetricSecret) + (CertificateSecrets * CertificateSecret)
        + (CountedTypes * CountedType) + (UpdateLogLines * UpdateLogLine)
        + (Math.Min(MostRepeatable, RollOutCommits * TimeSpan.FromMinutes(10).TotalSeconds) * RepeatableActivation);

    /// <summary>Bytes a second between Coordinators and store while the mesh is rolled out: each commit is written, and read by the
    /// others.</summary>
    public double RollOutTraffic => RollOutCommits * State * Coordinators;

    /// <summary>Renewals in a time in which all Marbles start evenly within the first period, and so many updates are made.</summary>
    /// <remarks>
    /// A Marble renews once in a period, and first a period after it started; on average an update brings its next renewal half a period
    /// forward, and a start puts it off by as much.
    /// </remarks>
    public double Renewals(TimeSpan time, int updates) =>
        (Marbles * (((time - (Period / 2)) / Period) + ((updates - 1) / 2.0))) - (Restarts(time) / 2);

    /// <summary>Activations of Marbles that start again.</summary>
    public double Restarts(TimeSpan time) => Marbles * StartsPerDay * time.TotalDays;

    public double Activations(TimeSpan time) => Marbles + Restarts(time);

    /// <summary>Commits of the state: counted activations and updates.</summary>
    public double Commits(TimeSpan time, int updates) => (Activations(time) / OneCountedOf) + updates;

    /// <summary>Each activation, renewal and update has one.</summary>
    public double AuditRecords(TimeSpan time, int updates) => Activations(time) + Renewals(time, updates) + updates;

    /// <summary>The most renewals a second, on average over a minute, after an outage.</summary>
    /// <remarks>
    /// Those that were due come within the longest pause; those that were due in its last minutes have shorter pauses, which grow with the
    /// time that they try; and others are due.
    /// </remarks>
    /// <param name="outage">How long no Coordinator answered.</param>
    /// <param name="wave">
    /// The time in which all Marbles renew once: <see cref="Period"/>, or <see cref="Wave"/> where something made all of them renew at the
    /// same time a period ago.
    /// </param>
    public double PeakAfterOutage(TimeSpan outage, TimeSpan wave) =>
        Marbles / wave.TotalSeconds * ((outage / Pause) + Math.Log(Pause.TotalMinutes) + 1);

    /// <summary>
    /// How long it takes until all have renewed after an update, and how often Marbles are asked to come later meanwhile, second by second:
    /// those that find no place come again after about a minute.
    /// </summary>
    public (TimeSpan Time, double Postponed) RenewAll()
    {
        double left = (double)Marbles / Coordinators;
        double waiting = 0;
        double postponed = 0;
        var coming = new Queue<double>(Enumerable.Repeat(left / Early.TotalSeconds, (int)Early.TotalSeconds));
        var again = new double[LongestLater + 1];
        int second = 0;
        for (; left >= 1; second++)
        {
            waiting += again[second % again.Length] + (coming.TryDequeue(out double first) ? first : 0);
            again[second % again.Length] = 0;
            double served = Math.Min(waiting, Capacity);
            left -= served;
            double refused = Math.Max(0, waiting - served - Places - AtOnce);
            waiting -= served + refused;
            postponed += refused;
            for (int later = ShortestLater; later < LongestLater; later++)
            {
                again[(second + later) % again.Length] += refused / (LongestLater - ShortestLater);
            }
        }

        return (TimeSpan.FromSeconds(second), postponed * Coordinators);
    }
}
