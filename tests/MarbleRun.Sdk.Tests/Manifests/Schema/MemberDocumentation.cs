using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Reading;

namespace MarbleRun.Tests.Manifests.Schema;

/// <summary>What editors tell about a member: the documentation of the property that it becomes.</summary>
internal static partial class MemberDocumentation
{
    private static readonly Dictionary<Shape, Type> s_records = new()
    {
        [Shapes.Manifest] = typeof(Manifest),
        [Shapes.Package] = typeof(PackageProperties),
        [PlatformShapes.Tdx] = typeof(TdxProperties),
        [PlatformShapes.Snp] = typeof(SnpProperties),
        [PlatformShapes.SnpTcb] = typeof(SnpTcb),
        [PlatformShapes.Lists] = typeof(PlatformLists),
        [Shapes.Infrastructure] = typeof(InfrastructureProperties),
        [Shapes.Marble] = typeof(MarbleDefinition),
        [Shapes.Parameters] = typeof(ParametersDefinition),
        [Shapes.File] = typeof(ManifestFile),
        [Shapes.Secret] = typeof(SecretDefinition),
        [Shapes.User] = typeof(UserDefinition),
        [Shapes.Role] = typeof(RoleDefinition),
        [Shapes.TlsTag] = typeof(TlsTag),
        [Shapes.TlsEntry] = typeof(TlsEntry),
        [Shapes.Config] = typeof(ManifestConfig),
    };

    private static readonly Dictionary<string, string> s_otherNames = new() { ["Env"] = "Environment", ["Argv"] = "Arguments" };

    /// <summary>Members that become no property; templates of certificates stay text.</summary>
    private static readonly Dictionary<string, string> s_texts = new()
    {
        ["$schema"] = "The schema that editors check this manifest with. Has no other effect.",
        ["Subject"] =
            "The subject. Its CommonName is by default the DNS name if there is exactly one, else MarbleRun Generated Certificate.",
        ["RawSubject"] = "The subject as DER; replaces Subject.",
        ["DNSNames"] = "Host names. Default: localhost.",
        ["IPAddresses"] = "Default: 127.0.0.1 and ::1.",
        ["KeyUsage"] = "The sum of: 1 digitalSignature, 2 contentCommitment, 4 keyEncipherment, 8 dataEncipherment, 16 keyAgreement, 32 "
            + "certSign, 64 cRLSign, 128 encipherOnly, 256 decipherOnly. Default: 33.",
        ["ExtKeyUsage"] =
            "0 any, 1 serverAuth, 2 clientAuth, 3 codeSigning, 4 emailProtection, 8 timeStamping, 9 OCSPSigning. Default: 1 and 2.",
        ["NotAfter"] = "The end of validity, RFC 3339. Either this or the secret's ValidFor.",
        ["MaxPathLen"] = "For CAs: how many CAs may follow. -1, or 0 without MaxPathLenZero, means any number.",
        ["SubjectKeyId"] = "Default: for CAs the first 20 bytes of SHA-256 of the key, else none.",
        ["SignatureAlgorithm"] = "10, 11 or 12: ECDSA with SHA-256, 384 or 512. 0 lets the Coordinator choose.",
        ["Policies"] = "Object identifiers such as 1.2.3.9.",
    };

    private static readonly XElement[] s_xml = [.. Members(typeof(Manifest)), .. Members(typeof(PackageProperties))];

    public static string? Of(Shape shape, Member member)
    {
        if (member.Advice is not null)
        {
            return $"Has no effect. {member.Advice}";
        }

        if (!s_records.TryGetValue(shape, out Type? record) || s_texts.ContainsKey(member.Name))
        {
            return s_texts.GetValueOrDefault(member.Name);
        }

        PropertyInfo property = record.GetProperty(
            s_otherNames.GetValueOrDefault(member.Name, member.Name), BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase)
            ?? throw new InvalidOperationException($"{record} has no property for {member.Name}.");
        XElement documentation = s_xml.Single(m => (string?)m.Attribute("name") == $"P:{record.FullName}.{property.Name}");
        return Blanks().Replace(string.Concat(documentation.Element("summary")!.Nodes().Select(Text)), " ").Trim();
    }

    private static IEnumerable<XElement> Members(Type type) =>
        XDocument.Load(Path.ChangeExtension(type.Assembly.Location, ".xml")).Descendants("member");

    private static string Text(XNode node) => node switch
    {
        XElement { Name.LocalName: "see" } reference => LastName().Match((string)reference.Attribute("cref")!).Value,
        XElement element => element.Value,
        _ => node.ToString(),
    };

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"\w+$")]
    private static partial Regex LastName();
}
