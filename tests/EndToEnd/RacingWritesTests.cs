using System.Text.Json.Nodes;

namespace Gateway.Tests;

/// <summary>Two writes to one key at the same moment, on the product's own host: what is left is what one of them did.</summary>
public sealed class RacingWritesTests
{
    private const int Rounds = 5;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task OfTwoRotationsAtOnce_OneWins_AndItsKeyWorks(string provider) =>
        await RaceAsync(
            provider,
            async (sdp, admin, id, secret) =>
            {
                var host = sdp.Gateway.Client;
                var answers = await Task.WhenAll(
                    SdpPage.RotateAsync(host, admin, id),
                    SdpPage.RotateAsync(host, admin, id)
                );
                var (won, lost) = (answers.Single(a => a.Status == 201), answers.Single(a => a.Status != 201));
                lost.Refused(409, "KEY_ROTATING");
                Assert.Equal("200", await sdp.CallAsync((string)won.Key["key"]!));
                Assert.Equal("200", await sdp.CallAsync(secret));
            }
        );

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task TwoRevocationsAtOnce_GiveOneReceipt(string provider) =>
        await RaceAsync(
            provider,
            async (sdp, admin, id, secret) =>
            {
                var host = sdp.Gateway.Client;
                var answers = await Task.WhenAll(
                    SdpPage.RevokeAsync(host, admin, id),
                    SdpPage.RevokeAsync(host, admin, id)
                );
                Assert.All(answers, a => sdp.EveryoneKnows(a.Succeeded()));
                Assert.True(JsonNode.DeepEquals(answers[0].Data, answers[1].Data), answers[1].Text);
                Assert.Equal("401 REVOKED_API_KEY", await sdp.CallAsync(secret));
            }
        );

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task RevocationAndRotationAtOnce_EndTheOldKey_WhicheverCameFirst(string provider) =>
        await RaceAsync(
            provider,
            async (sdp, admin, id, secret) =>
            {
                var host = sdp.Gateway.Client;
                var (rotate, revoke) = (SdpPage.RotateAsync(host, admin, id), SdpPage.RevokeAsync(host, admin, id));
                sdp.EveryoneKnows((await revoke).Succeeded());
                Assert.Equal("401 REVOKED_API_KEY", await sdp.CallAsync(secret));
                if ((await rotate).Status == 201)
                    Assert.Equal("200", await sdp.CallAsync((string)(await rotate).Key["key"]!));
                else
                    (await rotate).Refused(409, "KEY_REVOKED");
                Assert.Equal("401 REVOKED_API_KEY", await sdp.CallAsync(secret));
            }
        );

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task WrongName_RevokesNothing(string provider) =>
        await RaceAsync(
            provider,
            async (sdp, admin, id, secret) =>
            {
                var host = sdp.Gateway.Client;
                object?[] wrong =
                [
                    null,
                    "{}",
                    new { confirmation = "ci deploy key" },
                    new { confirmation = SdpPage.Name + " " },
                    new { confirmation = id },
                ];
                foreach (var body in wrong)
                {
                    var answer = await host.CallAsync(HttpMethod.Delete, $"/v1/api-keys/{id}", body, admin);
                    answer.Refused(400, "CONFIRMATION_MISMATCH");
                }
                Assert.Equal("200", await sdp.CallAsync(secret));
            },
            rounds: 1
        );

    private static async Task RaceAsync(
        string provider,
        Func<Deployment, string, string, string, Task> race,
        int rounds = Rounds
    )
    {
        await using var sdp = await Deployment.StartAsync(new() { Provider = provider });
        for (var round = 0; round < rounds; round++)
        {
            var (_, admin) = await sdp.OpenAccountAsync();
            var created = (await SdpPage.CreateForLaterAsync(sdp.Gateway.Client, admin)).Succeeded(201);
            var secret = (string)created.Key["key"]!;
            Assert.Equal("200", await sdp.CallAsync(secret));
            await race(sdp, admin, (string)created.Key["id"]!, secret);
        }
    }
}
