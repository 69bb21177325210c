namespace Gateway.Load;

/// <summary>Everything that is compared.</summary>
internal sealed class Targets(string folder, string gateway, int upstream)
{
    /// <summary>What is asked for.</summary>
    public const string Path = "/v1/read/tokens";

    /// <summary>The gateway as it is shipped.</summary>
    public const string Ours = "gateway";

    /// <summary>YARP without a check.</summary>
    public const string Bare = "bare YARP";

    /// <summary>What Kong and APISIX are built on.</summary>
    public const string Lua = "nginx + Lua";

    /// <summary>Those of one comparison.</summary>
    /// <param name="compared">Which.</param>
    /// <param name="peers">Whether other proxies are among its peers.</param>
    public IEnumerable<Target> Of(Compared compared, bool peers) =>
        compared switch
        {
            Compared.Settings => Ablation(),
            Compared.AccessLog =>
            [
                Gateway(Ours, []),
                YarpAlone(Bare),
                Gateway("with a line for each request", ["--Gateway:AccessLog=true"]),
            ],
            _ => All(peers),
        };

    // The gateway, what it is built on, and its peers.
    private IEnumerable<Target> All(bool peers) =>
        peers ? [Gateway(Ours, []), YarpAlone(Bare), .. OfOthers()] : [Gateway(Ours, []), YarpAlone(Bare)];

    private IEnumerable<Target> OfOthers() =>
        [
            Peers.NginxLua(folder, Ports.Free(), upstream),
            Peers.Nginx(folder, Ports.Free(), upstream),
            Peers.HaProxy(folder, Ports.Free(), upstream),
            Peers.Caddy(folder, Ports.Free(), upstream),
        ];

    // The gateway as it is shipped, and without one of its settings at a time.
    private IEnumerable<Target> Ablation() =>
        [
            Gateway(Ours, []),
            YarpAlone(Bare),
            Gateway("without inline scheduling", ["--Gateway:InlineScheduling=false"]),
            Gateway("asking before reading", ["--Gateway:ReadWithoutWaiting=false"]),
            Gateway("threads that spin before they sleep", [], ("DOTNET_ThreadPool_UnfairSemaphoreSpinLimit", "46")),
            Gateway("with the framework's meters of requests", ["--Ops:RequestMeters=true"]),
            Gateway(
                "with an activity for each request",
                ["--Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics=Critical"]
            ),
            Gateway("without code compiled ahead", [], ("DOTNET_ReadyToRun", "0")),
            Gateway("without dynamic PGO", [], ("DOTNET_TieredPGO", "0")),
            Gateway("without concurrent collections", [], ("DOTNET_gcConcurrent", "0")),
            Gateway("workstation collections", [], ("DOTNET_gcServer", "0")),
        ];

    private Target Gateway(string name, string[] settings, params (string Name, string Value)[] environment)
    {
        var port = Ports.Free();
        var routes = System.IO.Path.Combine(folder, "routes.json");
        if (!File.Exists(routes))
            File.WriteAllText(routes, Routes());
        return Dotnet(
            name,
            gateway,
            [
                $"--Kestrel:Endpoints:Http:Url=http://127.0.0.1:{port}",
                $"--Ops:Url=http://127.0.0.1:{Ports.Free()}",
                "--Gateway:DrainDelaySeconds=0",
                $"--Gateway:RoutesFile={routes}",
                $"--Gateway:InstanceId={name.Replace(' ', '-')}",
                "--Store:Provider=sqlite",
                $"--Store:ConnectionString={CompareStore.ConnectionString(folder)}",
                .. settings,
            ],
            port,
            environment
        );
    }

    private Target YarpAlone(string name, params (string Name, string Value)[] environment)
    {
        var port = Ports.Free();
        var tool = System.IO.Path.ChangeExtension(Environment.GetCommandLineArgs()[0], ".dll");
        return Dotnet(
            name,
            tool,
            ["bare", "--url", $"http://127.0.0.1:{port}", "--upstream", $"http://127.0.0.1:{upstream}"],
            port,
            environment
        );
    }

    private static Target Dotnet(
        string name,
        string program,
        string[] arguments,
        int port,
        (string Name, string Value)[] environment
    ) =>
        new(
            name,
            program.EndsWith(".dll", StringComparison.Ordinal) ? "dotnet" : program,
            program.EndsWith(".dll", StringComparison.Ordinal) ? [program, .. arguments] : arguments,
            port,
            environment.ToDictionary(e => e.Name, e => e.Value, StringComparer.Ordinal)
        );

    private string Routes() =>
        $$"""
            {
              "ReverseProxy": {
                "Routes": {
                  "read": {
                    "ClusterId": "up",
                    "Match": { "Path": "/v1/read/{**rest}" },
                    "Metadata": { "Permissions": "{{CompareStore.Permission}}" }
                  }
                },
                "Clusters": { "up": { "Destinations": { "one": { "Address": "http://127.0.0.1:{{upstream}}" } } } }
              }
            }
            """;
}
