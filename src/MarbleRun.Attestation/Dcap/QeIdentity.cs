using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;

namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// Which enclave may sign quotes, and its TCB levels (Intel SGX and TDX PCS API, "Get Quoting Enclave Identity", version 2).
/// </summary>
internal sealed class QeIdentity
{
    private const int Version = 2;
    private const int MiscSelectSize = 4;
    private const int MrSignerSize = 32;

    /// <summary><c>QE</c> for SGX, <c>TD_QE</c> for TDX.</summary>
    public required string Id { get; init; }

    public required DateTimeOffset IssueDate { get; init; }

    public required DateTimeOffset NextUpdate { get; init; }

    public required int EvaluationDataNumber { get; init; }

    public required byte[] MiscSelect { get; init; }

    public required byte[] MiscSelectMask { get; init; }

    public required byte[] Attributes { get; init; }

    public required byte[] AttributesMask { get; init; }

    public required byte[] MrSigner { get; init; }

    public required ushort ProductId { get; init; }

    public required ImmutableArray<IsvTcbLevel> Levels { get; init; }

    /// <summary>Reads the document, whose signature must have been checked.</summary>
    public static bool TryParse(
        ReadOnlyMemory<byte> json, [NotNullWhen(true)] out QeIdentity? identity, [NotNullWhen(false)] out string? fault) =>
        CollateralJson.TryRead(json, Read, out identity, out fault);

    /// <summary>The id that the identity must have for the quotes of a TEE.</summary>
    public static string IdFor(TeeType tee) => tee == TeeType.Tdx ? "TD_QE" : "QE";

    /// <summary>Null if the report is of this enclave. Its SVN is checked separately.</summary>
    public CheckFailure? Check(SgxReportBody report)
    {
        if (!report.MrSigner.SequenceEqual(MrSigner))
        {
            return Mismatch($"MRSIGNER {Convert.ToHexStringLower(MrSigner)}", Convert.ToHexStringLower(report.MrSigner));
        }

        if (report.ProductId != ProductId)
        {
            return Mismatch($"ISVPRODID {ProductId}", $"{report.ProductId}");
        }

        if (!TcbComparison.EqualsUnderMask(report.Attributes, Attributes, AttributesMask))
        {
            return Mismatch(
                $"ATTRIBUTES {Convert.ToHexStringLower(Attributes)} under mask {Convert.ToHexStringLower(AttributesMask)}",
                Convert.ToHexStringLower(report.Attributes));
        }

        return TcbComparison.EqualsUnderMask(report.MiscSelect, MiscSelect, MiscSelectMask)
            ? null
            : Mismatch(
                $"MISCSELECT {Convert.ToHexStringLower(MiscSelect)} under mask {Convert.ToHexStringLower(MiscSelectMask)}",
                Convert.ToHexStringLower(report.MiscSelect));
    }

    private static CheckFailure Mismatch(string expected, string found) =>
        new(VerdictReason.Mismatch, $"a quoting enclave with {expected}", found);

    private static QeIdentity Read(JsonElement root)
    {
        int version = CollateralJson.Number(root, "version", int.MaxValue);
        if (version != Version)
        {
            throw new FormatException($"version {version}");
        }

        return new QeIdentity
        {
            Id = CollateralJson.Text(root, "id"),
            IssueDate = CollateralJson.Time(root, "issueDate"),
            NextUpdate = CollateralJson.Time(root, "nextUpdate"),
            EvaluationDataNumber = CollateralJson.Number(root, "tcbEvaluationDataNumber", int.MaxValue),
            MiscSelect = CollateralJson.Hex(root, "miscselect", MiscSelectSize),
            MiscSelectMask = CollateralJson.Hex(root, "miscselectMask", MiscSelectSize),
            Attributes = CollateralJson.Hex(root, "attributes", SgxReportBody.AttributesSize),
            AttributesMask = CollateralJson.Hex(root, "attributesMask", SgxReportBody.AttributesSize),
            MrSigner = CollateralJson.Hex(root, "mrsigner", MrSignerSize),
            ProductId = (ushort)CollateralJson.Number(root, "isvprodid", ushort.MaxValue),
            Levels = TcbLevelReader.ReadIsvLevels(root),
        };
    }
}
