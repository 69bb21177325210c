using System.Reflection;
using System.Security.Cryptography;

namespace Gateway.Admin;

/// <summary>The one style sheet and the one script, embedded in the program. Their paths carry a hash of what is in them,
/// so that browsers may keep them for ever and never use those of another release.</summary>
public sealed class ConsoleAssets
{
    private const string Folder = ConsoleApp.Root + "/assets";
    private const int HashLength = 12;

    private readonly Dictionary<string, (byte[] Content, string Type)> _files = new(StringComparer.Ordinal);

    /// <summary>Reads both.</summary>
    public ConsoleAssets()
    {
        StylePath = Add("console.css", "text/css; charset=utf-8");
        ScriptPath = Add("console.js", "text/javascript; charset=utf-8");
    }

    /// <summary>Path of the style sheet.</summary>
    public string StylePath { get; }

    /// <summary>Path of the script.</summary>
    public string ScriptPath { get; }

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet(Folder + "/{name}", (string name, HttpContext http, ConsoleAssets assets) => assets.Get(name, http))
            .ForAnyone();

    private IResult Get(string name, HttpContext http)
    {
        if (!_files.TryGetValue(name, out var file))
            return Results.StatusCode(StatusCodes.Status404NotFound);
        http.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return Results.Bytes(file.Content, file.Type);
    }

    private string Add(string name, string type)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("console/" + name)!;
        using var buffer = new MemoryStream();
        stream.CopyTo(buffer);
        var content = buffer.ToArray();
        var hash = Convert.ToHexStringLower(SHA256.HashData(content))[..HashLength];
        var hashed = $"{Path.GetFileNameWithoutExtension(name)}.{hash}{Path.GetExtension(name)}";
        _files[hashed] = (content, type);
        return $"{Folder}/{hashed}";
    }
}
