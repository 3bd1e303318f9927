using System.Text.Json.Serialization;

namespace MarbleRun.Cli.Dashboard.Pages;

/// <summary>How names are written as JSON.</summary>
[JsonSerializable(typeof(string))]
internal sealed partial class PageJson : JsonSerializerContext;
