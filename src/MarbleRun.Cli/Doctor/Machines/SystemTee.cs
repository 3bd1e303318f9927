using System.Security.Cryptography;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Tee;

namespace MarbleRun.Cli.Doctor.Machines;

/// <summary>The trusted execution environment that this process runs in.</summary>
internal sealed class SystemTee : IMachineTee
{
    public TeeFacts Look()
    {
        try
        {
            using var platform = TeePlatform.Open();
            return new TeeFacts { Provider = platform.Provider, Backend = platform.Backend, Capabilities = platform.Capabilities };
        }
        catch (TeeException e)
        {
            return new TeeFacts { Failure = e.Status, Message = e.Message };
        }
    }

    public Quote GetEvidence()
    {
        using var platform = TeePlatform.Open();
        return platform.GetEvidence(ReportData.FromBytes(RandomNumberGenerator.GetBytes(ReportData.Size)));
    }
}
