using System.CommandLine;
using System.Data.Common;
using System.Net;
using Gateway.Keys;
using Gateway.Keys.Storage;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway;

/// <summary><c>gateway explain</c>: what a gateway would say to a request, check by check, by the code that serves. Reads
/// the key from the store of the settings and changes nothing. Exit code 0 when it was explained, whatever the
/// answer; 1 when file, settings, arguments or store do not allow that.</summary>
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

    private static readonly Option<string?> KeyId = new("--key-id") { Description = "The key, by its id." };

    private static readonly Option<string[]> Header = new("--header")
    {
        Description = "A header as 'Name: value'; may be repeated.",
    };

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
            KeyId,
            Header,
        };
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
            if (MakeRequest(parsed, error) is not { } context)
                return 1;
            await using var finder = new RouteFinder(
                routes,
                RouteCommands.ContextOf(settings.KeyFormat, settings.Changes)
            );
            var explanation = new Explanation(new RequestGuard(settings.KeyFormat), settings.Addresses, finder);
            Func<Task<CachedKey?>>? findKey = parsed.GetValue(KeyId) is { } id
                ? () => FindKeyAsync(store ?? database, settings, id, cancellation)
                : null;
            Write(context, await explanation.ExplainAsync(context, findKey, TimeProvider.System.GetUtcNow()), output);
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

    private static DefaultHttpContext? MakeRequest(ParseResult parsed, TextWriter error)
    {
        var context = new DefaultHttpContext();
        var target = parsed.GetRequiredValue(Target);
        if (!IPAddress.TryParse(parsed.GetRequiredValue(Ip), out var address))
        {
            error.WriteLine($"--ip: '{parsed.GetRequiredValue(Ip)}' is not an address.");
            return null;
        }
        context.Connection.RemoteIpAddress = address;
        context.Request.Protocol = "HTTP/1.1";
        context.Request.Scheme = "http";
        context.Request.Host = new HostString("localhost");
        context.Request.Method = parsed.GetRequiredValue(Method);
        // As Kestrel does: the target as it came, and what it decoded of it.
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        var question = target.IndexOf('?', StringComparison.Ordinal);
        context.Request.Path = Uri.UnescapeDataString(question < 0 ? target : target[..question]) is ['/', ..] path
            ? new PathString(path)
            : PathString.Empty;
        context.Request.QueryString = new QueryString(question < 0 ? "" : target[question..]);
        foreach (var header in parsed.GetValue(Header) ?? [])
        {
            var parts = header.Split(':', 2);
            context.Request.Headers.Append(parts[0].Trim(), parts.Length > 1 ? parts[1].Trim() : "");
        }
        return context;
    }

    private static async Task<CachedKey?> FindKeyAsync(
        Database database,
        GatewaySettings settings,
        string id,
        CancellationToken cancellation
    )
    {
        var facts = await database.ReadAsync(
            async s =>
                await s.GetKeyAsync(id, ct: cancellation) is { } key
                    ? await s.FindKeyByHashAsync([key.Hash], cancellation)
                    : null,
            cancellation
        );
        if (facts is null)
            return null;
        return settings.KeyFormat.TryGetEnvironment(facts.Key.Environment, out var environment)
            ? new CachedKey(facts, settings.Roles, settings.Keys, environment!)
            : throw new FormatException($"its environment '{facts.Key.Environment}' is not one of the settings");
    }

    private static void Write(HttpContext context, IReadOnlyList<ExplainedCheck> checks, TextWriter output)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        output.WriteLine($"{context.Request.Method} {target} from {context.Connection.RemoteIpAddress}");
        foreach (var check in checks)
            output.WriteLine($"  {check.Number, 2}  {check.Check, -16}  {Mark(check.Reason), -26}  {check.Says}");
        var refused = checks.FirstOrDefault(c => c.Reason is not null)?.Reason;
        output.WriteLine(refused is { } reason ? $"Refused: {Mark(reason)}" : "Allowed: forwarded to the upstream");
    }

    private static string Mark(DenyReason? reason) =>
        reason is { } r ? $"{Denials.For(r).Status} {Denials.For(r).Code}" : "ok";
}
