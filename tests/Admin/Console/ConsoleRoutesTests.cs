using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>Operators see the routes as the gateways run them, and whether all run the same.</summary>
public sealed class ConsoleRoutesTests
{
    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Routes_OfRealGateways_AreShown_AndWhetherTheyAgree(string provider)
    {
        await using var admin = await TestAdmin.StartAsync(ConsoleBrowser.Settings(), provider: provider);
        using var browser = new ConsoleBrowser(admin);
        await browser.SignInAsync();
        (await browser.GetAsync("/console/routes")).Says(200, "No routes to show");

        var routes = TestRoutes.For("http://127.0.0.1:1");
        await using var one = await StartAsync(admin, "edge-1", routes);
        await using var two = await StartAsync(admin, "edge-2", routes);
        await SeesAsync(browser, "All 2 gateways run version");
        (await browser.GetAsync("/console/routes")).Says(
            200,
            "edge-1, edge-2",
            "/v1/wallets/{walletId}/{**rest}",
            "wallets:read",
            "nothing: no key",
            "any valid key",
            "judged upstream",
            "only keys for all wallets",
            "production",
            "1m"
        );
        var found = await browser.GetAsync("/console/routes?q=wallets%3AREAD");
        found.Says(200, "wallets:read");
        Assert.DoesNotContain("/v1/admin", found.Text, StringComparison.Ordinal);
        (await browser.GetAsync("/console/routes?q=zzz")).Says(200, "No such route");

        await File.WriteAllTextAsync(two.RoutesFile, RoutesText.Of("b * /only-there Access=key"));
        await SeesAsync(browser, "The gateways demand different things");
        var both = await browser.GetAsync("/console/routes");
        var pages = both.Links.Where(l => l.Contains("version=", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, pages.Count);
        var texts = new List<string>();
        foreach (var page in pages)
            texts.Add((await browser.GetAsync(page)).Says(200).Text);
        Assert.Single(texts, t => t.Contains("/only-there", StringComparison.Ordinal));
        Assert.Single(texts, t => t.Contains("/v1/admin", StringComparison.Ordinal));

        await File.WriteAllTextAsync(two.RoutesFile, "{");
        await SeesAsync(browser, "The routes file of edge-2 cannot be served");
    }

    [Fact]
    public async Task WhatAGatewayWrote_IsEncoded_AndWhatCannotBeRead_IsSaid()
    {
        await using var admin = await TestAdmin.StartAsync(ConsoleBrowser.Settings());
        using var browser = new ConsoleBrowser(admin);
        await browser.SignInAsync();
        var row = Sample.Gateway() with { Lease = TimeSpan.FromHours(1) };
        var route = new PublishedRoute
        {
            Id = "<b>r</b>",
            Path = "/<script>",
            Permissions = ["<i>"],
        };
        await admin.Store.Database.WriteAsync(s => s.InsertGatewayAsync(row));

        (await browser.GetAsync("/console/routes")).Says(200, "Not known of edge-1", "No routes to show");
        await PublishAsync(PublishedRoutes.Of([route], false));
        var page = (await browser.GetAsync("/console/routes")).Says(200, "The one gateway runs version", "<b>r</b>");
        Assert.DoesNotContain("<b>r", page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<i>", page.Html, StringComparison.Ordinal);

        await PublishAsync(PublishedRoutes.Of([route], false) with { Total = 7 });
        (await browser.GetAsync("/console/routes")).Says(200, "The first 1 are shown", "7 in version");
        await admin.Store.Database.WriteAsync(s => s.ExecuteAsync("update gateway_routes set routes = 'x'"));
        (await browser.GetAsync("/console/routes")).Says(200, "These routes cannot be read");

        Task PublishAsync(PublishedRoutes routes) =>
            admin.Store.Database.WriteAsync(s => s.PublishRoutesAsync(row.Incarnation, routes));
    }

    private static Task<TestGateway> StartAsync(TestAdmin admin, string name, string routes) =>
        TestGateway.StartAsync(admin.Store.Options, routes, new() { ["Gateway:InstanceId"] = name });

    private static Task SeesAsync(ConsoleBrowser browser, string words) =>
        Eventually.TrueAsync(async () =>
            (await browser.GetAsync("/console/routes")).Text.Contains(words, StringComparison.Ordinal)
        );
}
