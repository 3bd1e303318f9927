using System.Globalization;
using System.Text.Json;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Packages;

/// <summary>The properties of a package, line by line as the reference writes them.</summary>
internal sealed class PackageResult(string path, PackageFinding found) : Result
{
    public override void WriteText(TextWriter output)
    {
        string title = found.Title.Length == 0 ? string.Empty : $"{found.Title} at ";
        output.WriteLine($"PackageProperties for {title}'{SafeText.Of(path)}':");
        output.WriteLine($"UniqueID (MRENCLAVE)      : {found.UniqueId}");
        if (found.SignerId is not null)
        {
            output.WriteLine($"SignerID (MRSIGNER)       : {found.SignerId}");
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ProductID (ISVPRODID)     : {found.ProductId}"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"SecurityVersion (ISVSVN)  : {found.SecurityVersion}"));
    }

    public override void WriteJson(Utf8JsonWriter json)
    {
        json.WriteString("path", path);
        json.WriteString("kind", found.Kind);
        json.WriteString("uniqueId", found.UniqueId);
        json.WriteString("signerId", found.SignerId);
        json.WriteNumber("productId", found.ProductId);
        json.WriteNumber("securityVersion", found.SecurityVersion);
        Write(json, "debug", found.Debug);
        Write(json, "signatureValid", found.IsSignatureValid);
    }

    private static void Write(Utf8JsonWriter json, string name, bool? value)
    {
        if (value is { } known)
        {
            json.WriteBoolean(name, known);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
