using System.CommandLine;
using System.Data.Common;
using Gateway.Keys;
using Gateway.Keys.Storage;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway;

/// <summary><c>gateway explain</c>: what a gateway would say to a request, check by check, by the code that serves. Reads
/// the key from the store of the settings and changes nothing, or takes one that is described. Exit code 0 when it was
/// explained, whatever the answer; 1 when file, settings, arguments or store do not allow that.</summary>
public static class ExplainCommand
{
    private static readonly Option<string> Config = new("--config")
    {
        Description = "The routes file.",
        Required = true,
    };

    private static readonly Option<string> Method = new("--method")
    {
        Description = "The method.",
        DefaultValueFactory = _ => "GET",
    };

    private static readonly Option<string> Target = new("--path")
    {
        Description = "The path as a client sends it, with the query if any.",
        Required = true,
    };

    private static readonly Option<string> Ip = new("--ip")
    {
        Description = "The address it comes from.",
        DefaultValueFactory = _ => "127.0.0.1",
    };

    private static readonly Option<string[]> Header = new("--header")
    {
        Description = "A header as 'Name: value'; may be repeated. A key in it is read as the gateway would.",
    };

    private static readonly Option<DateTimeOffset?> At = new("--at")
    {
        Description = "The instant it is judged at, such as 2030-12-31T23:59:59Z; now unless stated.",
    };

    private static readonly Option<string?> KeyId = new("--key-id") { Description = "A key of the store, by its id." };

    /// <summary>The command.</summary>
    /// <param name="store">Where keys are; null for where the settings say.</param>
    public static Command Create(Database? store = null)
    {
        var command = new Command("explain", "Print each check of the decision on a request, and its result.")
        {
            Config,
            Method,
            Target,
            Ip,
            Header,
            At,
            KeyId,
        };
        foreach (var option in DescribedKey.Options)
            command.Add(option);
        command.SetAction((parsed, cancellation) => RunAsync(parsed, store, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, Database? store, CancellationToken cancellation)
    {
        var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        try
        {
            var settings = GatewaySettings.Read(RouteCommands.ReadConfiguration());
            await using var database = settings.Database;
            if (await RouteCommands.ReadAsync(parsed.GetRequiredValue(Config), error) is not { } routes)
                return 1;
            var context = MakeRequest(parsed);
            await using var finder = new RouteFinder(
                routes,
                RouteCommands.ContextOf(settings.KeyFormat, settings.Changes)
            );
            var now = parsed.GetValue(At) ?? TimeProvider.System.GetUtcNow();
            var given = GivenKey(parsed, store ?? database, settings, now, cancellation);
            var checks = await new Explanation(settings, finder).ExplainAsync(context, given, now);
            Write(context, checks, settings.KeyFormat, output);
            return 0;
        }
        catch (SettingsException e)
        {
            await error.WriteLineAsync(e.Message);
        }
        catch (Exception e) when (e is DbException or FormatException or TimeoutException)
        {
            await error.WriteLineAsync($"The key cannot be read: {e.Message}");
        }
        return 1;
    }

    private static DefaultHttpContext MakeRequest(ParseResult parsed)
    {
        var ip = parsed.GetRequiredValue(Ip);
        if (!StrictAddress.TryParse(ip, out var address))
            throw new SettingsException([$"--ip: '{ip}' is not an address."]);
        var context = DescribedRequest.Make(
            parsed.GetRequiredValue(Method),
            parsed.GetRequiredValue(Target),
            "HTTP/1.1",
            null,
            address!
        );
        var headers = parsed.GetValue(Header) ?? [];
        // Not quoted: it may well be a key.
        if (!headers.All(h => h.IndexOf(':', StringComparison.Ordinal) > 0))
            throw new SettingsException(["--header: state each as 'Name: value'."]);
        foreach (var header in headers)
            DescribedRequest.Add(context, header);
        return context;
    }

    private static GivenKey GivenKey(
        ParseResult parsed,
        Database store,
        GatewaySettings settings,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        var isDescribed = DescribedKey.IsIn(parsed);
        if (parsed.GetValue(KeyId) is { } id)
        {
            return isDescribed
                ? throw new SettingsException(["--key-id names a key; it cannot be described as well."])
                : new("by its id", () => FindAsync(store, settings, s => FindByIdAsync(s, id, cancellation)));
        }
        if (isDescribed)
        {
            var described = DescribedKey.Read(parsed, settings, now);
            return new("as described", () => Task.FromResult<CachedKey?>(described));
        }
        return new(
            null,
            null,
            key =>
                FindAsync(store, settings, s => s.FindKeyByHashAsync(settings.KeyHasher.Candidates(key), cancellation))
        );
    }

    private static async Task<KeyFacts?> FindByIdAsync(Session session, string id, CancellationToken cancellation) =>
        (await session.FindKeysByIdAsync([id], cancellation)).SingleOrDefault();

    private static async Task<CachedKey?> FindAsync(
        Database store,
        GatewaySettings settings,
        Func<Session, Task<KeyFacts?>> find
    )
    {
        await RequireSchemaAsync(store);
        if (await store.ReadAsync(find) is not { } facts)
            return null;
        return settings.KeyFormat.TryGetEnvironment(facts.Key.Environment, out var environment)
            ? new CachedKey(facts, settings.Roles, settings.Keys, environment!)
            : throw new FormatException($"its environment '{facts.Key.Environment}' is not one of the settings");
    }

    // A file that is not there would be made: it is the gateway's to do that, not of who asks a question.
    private static async Task RequireSchemaAsync(Database store)
    {
        var settings = new DbConnectionStringBuilder { ConnectionString = store.Source.ConnectionString };
        if (
            settings.TryGetValue("Data Source", out var source)
            && source is string file
            && !file.StartsWith("file:", StringComparison.Ordinal)
            && !File.Exists(file)
        )
            throw new FormatException(
                $"there is no database '{Path.GetFullPath(file)}'; say where it is with Store__ConnectionString, as the gateway is told"
            );
        if (await Migrator.CheckAsync(store) is { IsCurrent: false } schema)
            throw new FormatException(schema.Message);
    }

    private static void Write(
        HttpContext context,
        IReadOnlyList<ExplainedCheck> checks,
        KeyFormat format,
        TextWriter output
    )
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        output.WriteLine(
            $"{context.Request.Method} {Redaction.WithoutKeys(target, format)} from {context.Connection.RemoteIpAddress}"
        );
        foreach (var check in checks)
            output.WriteLine($"  {check.Number, 2}  {check.Check, -16}  {Mark(check), -26}  {check.Says}");
        output.WriteLine(
            checks.FirstOrDefault(c => c.Reason is not null) is { } refusal ? $"Refused: {Mark(refusal)}"
            : checks.Any(c => !c.IsConsulted) ? "Allowed within the rate limit: forwarded to the upstream"
            : "Allowed: forwarded to the upstream"
        );
    }

    private static string Mark(ExplainedCheck check) =>
        check.Reason is { } r ? $"{Denials.For(r).Status} {Denials.For(r).Code}"
        : check.IsConsulted ? "ok"
        : "not consulted";
}
