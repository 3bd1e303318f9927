namespace MarbleRun.Cli.Doctor.Platforms;

/// <summary>Gets a real quote or report.</summary>
internal sealed class EvidenceCheck() : DoctorCheck(
    "platform.evidence", "a quote or report of this process", "docs/tee/README.md#test-your-machine")
{
    // A busy platform takes up to 35 seconds.
    public override TimeSpan Limit => TimeSpan.FromSeconds(40);

    public override async Task<IReadOnlyList<Finding>> RunAsync(Examination examination, CancellationToken cancellationToken)
    {
        if (examination.Options.Evidence is not null)
        {
            return [];
        }

        EvidenceFacts evidence = await examination.EvidenceAsync();
        return evidence switch
        {
            { Quote: { } quote } => [Good($"{quote.RawData.Length} bytes over random report data")],
            { Fault: { } fault } =>
            [
                Fail(fault, "evidence over random report data", "Follow the message; on TDX, the host's quoting service (QGS) must run."),
            ],
            _ => [],
        };
    }
}
