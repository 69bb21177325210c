using Gateway.Keys.Storage;

namespace Gateway.Tests;

public abstract partial class StoreContract
{
    [Fact]
    public async Task Routes_ComeBack_AsTheGatewaySaidThem_AndOnlyOfThoseThatRun()
    {
        var (one, two) = (Sample.Gateway(), Sample.Gateway() with { InstanceId = "edge-2" });
        await WriteAsync(s => s.InsertGatewayAsync(one));
        await WriteAsync(s => s.InsertGatewayAsync(two));
        var route = new PublishedRoute
        {
            Id = "a",
            Path = "/a/{id}",
            Methods = ["GET"],
            Hosts = ["x.example"],
            Conditions = ["header 'x-tier'"],
            Order = 2,
            Environments = ["sandbox"],
            Permissions = ["a:read"],
            Wallet = "{id}",
            Clusters = ["sandbox:up"],
            MaxStaleness = "2s",
            ForwardsCredential = true,
        };
        var table = PublishedRoutes.Of([route, new PublishedRoute { Id = "b", Anonymous = true }], fileRefused: true);

        await WriteAsync(s => s.PublishRoutesAsync(one.Incarnation, Sample.Routes("before")));
        await WriteAsync(s => s.PublishRoutesAsync(one.Incarnation, table));
        await WriteAsync(s => s.PublishRoutesAsync("of nobody", table));

        var served = await ReadAsync(s => s.ListServedRoutesAsync());
        Assert.Equal(
            [(one.Incarnation, table.Version), (two.Incarnation, null)],
            served.Select(r => (r.Incarnation, r.Version))
        );
        Assert.Equal((true, "edge-1", false), (served[0].FileRefused, served[0].InstanceId, served[1].FileRefused));
        Assert.NotNull(served[0].At);
        Assert.Equivalent(table, await ReadAsync(s => s.GetRoutesAsync(one.Incarnation)), strict: true);
        Assert.Null(await ReadAsync(s => s.GetRoutesAsync(two.Incarnation)));

        Assert.Equal(1, await WriteAsync(s => s.PruneRoutesAsync()));
        await WriteAsync(s => s.CloseGatewayAsync(one.Incarnation));
        Assert.Equal(two.Incarnation, Assert.Single(await ReadAsync(s => s.ListServedRoutesAsync())).Incarnation);
        Assert.Equal(1, await WriteAsync(s => s.PruneRoutesAsync()));
        Assert.Null(await ReadAsync(s => s.GetRoutesAsync(one.Incarnation)));
    }

    [Fact]
    public async Task RoutesBeyondTheBound_AreCutOff_AndCounted_ByAVersionOfAllOfThem()
    {
        var row = Sample.Gateway();
        await WriteAsync(s => s.InsertGatewayAsync(row));
        var many = Enumerable
            .Range(0, 6_000)
            .Select(i => new PublishedRoute { Id = $"route-{i}", Path = $"/\"ü\"/{i}" });
        var all = PublishedRoutes.Of([.. many], false);
        var other = PublishedRoutes.Of([.. many.SkipLast(1), new PublishedRoute { Id = "another" }], false);

        await WriteAsync(s => s.PublishRoutesAsync(row.Incarnation, all));

        var read = (await ReadAsync(s => s.GetRoutesAsync(row.Incarnation)))!;
        Assert.Equal((all.Version, 6_000), (read.Version, read.Total));
        Assert.InRange(read.Routes.Count, 1_000, 5_999);
        Assert.NotEqual(all.Version, other.Version);
        Assert.Equal(all.Routes.Count, other.Routes.Count);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("{\"Routes\":[null]}")]
    [InlineData("{\"Routes\":null}")]
    public async Task RoutesThatSomebodyElseWrote_AreNone(string written)
    {
        await WriteAsync(s => s.PublishRoutesAsync("i", Sample.Routes("v")));
        await WriteAsync(s => s.ExecuteAsync("update gateway_routes set routes = @written", new { written }));

        Assert.Null(await ReadAsync(s => s.GetRoutesAsync("i")));
    }

    [Fact]
    public async Task MoreThanTheBound_IsNotTaken()
    {
        await WriteAsync(s => s.PublishRoutesAsync("i", Sample.Routes("v")));
        var written = new string('x', PublishedRoutes.MaxBytes + 1);

        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() =>
            WriteAsync(s => s.ExecuteAsync("update gateway_routes set routes = @written", new { written }))
        );
    }
}
