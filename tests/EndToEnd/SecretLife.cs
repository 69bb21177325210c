namespace Gateway.Tests;

/// <summary>Whole lives of keys and of operators' tokens at a deployment, with every answer kept. Each secret is remembered
/// as it is made.</summary>
internal sealed partial class SecretLife : IDisposable
{
    private readonly Deployment _sdp;
    private readonly HttpClient _edge;
    private readonly HttpClient _desk;
    private readonly HttpClient _ops;

    /// <summary>Lives at a deployment.</summary>
    public SecretLife(Deployment sdp)
    {
        _sdp = sdp;
        _edge = Transcript.Client(sdp.Gateway.Url, Deployment.Host);
        _desk = Transcript.Client(sdp.Admin.Url);
        _ops = Transcript.Client(sdp.Gateway.OpsUrl);
    }

    /// <summary>Every answer.</summary>
    public Transcript Transcript { get; } = new();

    /// <summary>Every secret that was made.</summary>
    public List<SecretTraces> Secrets { get; } = [];

    /// <summary>Lives them, from the first token to the last look at everything there is.</summary>
    public async Task LiveAsync()
    {
        var token = await LiveOperatorAsync();
        var (account, admin) = await OpenAsync(token);
        var (id, key) = await MakeAsync(_edge, "/v1/api-keys", admin, SdpPage.Name);
        await UseWellAsync(key);
        await UseInTheWrongPlacesAsync(key, admin, id);
        await UseOnTheWireAsync(key);
        await EndAsync(id, key, admin);
        var (_, unread) = await MakeAsync(_desk, $"/v1/accounts/{account}/api-keys", token, "never used");
        await FailAsync(unread, admin);
        await ReadEverythingAsync(token, account, id);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var client in new[] { _edge, _desk, _ops })
            client.Dispose();
    }

    // An operator's token: made once, used, mistyped, in the wrong places, removed.
    private async Task<string> LiveOperatorAsync()
    {
        var (token, id) = ("", "");
        foreach (var name in new[] { "ada", "bob" })
        {
            var asked = new { name };
            var made = await PostAsync(_desk, "/v1/operators", asked, TestAdmin.OperatorToken, "operator " + name);
            (token, id) = (
                (string)made.Succeeded(201).Data["operator"]!["token"]!,
                (string)made.Data["operator"]!["id"]!
            );
            Secrets.Add(new SecretTraces(token, "gwop_".Length));
            var replayed = await PostAsync(_desk, "/v1/operators", asked, TestAdmin.OperatorToken, "operator " + name);
            Assert.Null(replayed.Succeeded(201).Data["operator"]!["token"]);
        }
        (await _desk.CallAsync(HttpMethod.Get, "/v1/operators", null, token)).Succeeded();
        (await _desk.CallAsync(HttpMethod.Get, $"/v1/accounts?token={token}", null, token)).Refused(
            400,
            "VALIDATION_FAILED"
        );
        (await _desk.CallAsync(HttpMethod.Get, "/v1/operators", null, token[..^1] + "-")).Refused(
            401,
            "INVALID_API_KEY"
        );
        (await _desk.CallAsync(HttpMethod.Get, "/v1/accounts", null, null, ("Cookie", $"t={token}"))).Refused(
            401,
            "UNAUTHORIZED"
        );
        (await _desk.CallAsync(HttpMethod.Delete, $"/v1/operators/{token}", null, token)).Refused(
            404,
            "OPERATOR_NOT_FOUND"
        );
        (await _edge.CallAsync(HttpMethod.Get, Deployment.Tokens, null, token)).Refused(401, "INVALID_API_KEY");
        await _edge.CallAsync(HttpMethod.Get, $"/v1/nowhere/{token}?t={token}", null, token);
        var other = Secrets[0].Secret;
        (await _desk.CallAsync(HttpMethod.Delete, $"/v1/operators/{id}", null, other)).Succeeded();
        (await _desk.CallAsync(HttpMethod.Get, "/v1/operators", null, token)).Refused(401, "INVALID_API_KEY");
        return other;
    }

    private async Task<(string Account, string AdminKey)> OpenAsync(string token)
    {
        var made = await _desk.CallAsync(
            HttpMethod.Post,
            "/v1/accounts",
            new { name = "Acme", apiKeysEnabled = true },
            token
        );
        var account = (string)made.Succeeded(201).Data["account"]!["id"]!;
        return (
            account,
            (await MakeAsync(_desk, $"/v1/accounts/{account}/api-keys", token, "admin", "api_admin")).Secret
        );
    }

    private async Task<(string Id, string Secret)> MakeAsync(
        HttpClient host,
        string keys,
        string credential,
        string name,
        string role = "api_developer"
    )
    {
        var asked = new
        {
            name,
            role,
            environment = "sandbox",
        };
        var made = (await PostAsync(host, keys, asked, credential, name)).Succeeded(201);
        Remember(made);
        var replayed = (await PostAsync(host, keys, asked, credential, name)).Succeeded(201);
        Assert.Equal((string)made.Key["id"]!, (string)replayed.Key["id"]!);
        return ((string)made.Key["id"]!, (string)made.Key["key"]!);
    }

    private async Task UseWellAsync(string key)
    {
        (await _edge.GetAsync(new Uri("/v1/nowhere", UriKind.Relative))).Dispose();
        await CallAsync(200, HttpMethod.Get, Deployment.Tokens, key);
        await CallAsync(200, HttpMethod.Post, "/v1/tokens/mint", key, """{"amount":1}""");
        await CallAsync(403, HttpMethod.Get, "/v1/custody/keys", key);
        await CallAsync(405, HttpMethod.Put, Deployment.Tokens, key);
        await CallAsync(404, HttpMethod.Get, "/v1/nowhere", key);
        await CallAsync(401, HttpMethod.Get, Deployment.Tokens, key[..^1] + (key[^1] == 'A' ? 'B' : 'A'));
        await CallAsync(401, HttpMethod.Get, Deployment.Tokens, key[..^1]);
        await CallAsync(401, HttpMethod.Get, Deployment.Tokens, key + key);
        _sdp.Upstream.Answer = (_, client) =>
        {
            client.Close();
            return Task.CompletedTask;
        };
        await CallAsync(502, HttpMethod.Get, Deployment.Tokens, key);
        _sdp.Upstream.Answer = (_, client) => RecordingUpstream.WriteAsync(client, RecordingUpstream.Ok("ok"));
        Assert.All(
            _sdp.Upstream.Requests.SelectMany(r => r.Headers),
            h => Assert.Null(Secrets.Select(s => s.Find(h.Value)).FirstOrDefault(t => t is not null))
        );
    }

    private async Task EndAsync(string id, string key, string admin)
    {
        var path = $"/v1/api-keys/{id}";
        (
            await _edge.CallAsync(HttpMethod.Patch, path, new { allowedIps = new[] { "203.0.113.1" } }, admin)
        ).Succeeded();
        await CallAsync(403, HttpMethod.Get, Deployment.Tokens, key);
        (await _edge.CallAsync(HttpMethod.Post, path + "/disable", null, admin)).Succeeded();
        await CallAsync(401, HttpMethod.Get, Deployment.Tokens, key);
        (await _edge.CallAsync(HttpMethod.Post, path + "/enable", null, admin)).Succeeded();
        (await _edge.CallAsync(HttpMethod.Patch, path, """{"allowedIps":null}""", admin)).Succeeded();
        for (var time = 0; time < 2; time++)
        {
            var rotated = await PostAsync(_edge, path + "/rotate", new { gracePeriodHours = 24 }, admin, "rotate");
            if (time == 0)
                Remember(rotated.Succeeded(201));
            Assert.Equal(time == 0, rotated.Succeeded(201).Key["key"] is not null);
        }
        await CallAsync(200, HttpMethod.Get, Deployment.Tokens, Secrets[^1].Secret);
        (await SdpPage.RevokeAsync(_edge, admin, id)).Succeeded();
        await CallAsync(401, HttpMethod.Get, Deployment.Tokens, key);
        (await _desk.CallAsync(HttpMethod.Get, "/v1/api-keys", null, key)).Refused(401, "REVOKED_API_KEY");
    }

    // The store fails as a key is looked up: what is logged then has an exception in it.
    private async Task FailAsync(string key, string admin)
    {
        var database = _sdp.Store.Database;
        await database.WriteAsync(s => s.ExecuteAsync("alter table api_keys rename to away"));
        await CallAsync(503, HttpMethod.Get, Deployment.Tokens, key);
        (await _desk.CallAsync(HttpMethod.Get, "/v1/api-keys", null, key)).Refused(503, "VERIFICATION_UNAVAILABLE");
        await database.WriteAsync(s => s.ExecuteAsync("alter table away rename to api_keys"));
        await database.WriteAsync(s => s.ExecuteAsync("alter table audit_entries rename to away"));
        var refused = await PostAsync(_desk, "/v1/api-keys", new { name = "c" }, admin, "failing");
        refused.Refused(503, "STORE_UNAVAILABLE");
        await database.WriteAsync(s => s.ExecuteAsync("alter table away rename to audit_entries"));
        await CallAsync(200, HttpMethod.Get, Deployment.Tokens, key);
    }

    private async Task ReadEverythingAsync(string token, string account, string id)
    {
        await _sdp.FlushAsync();
        string[] reads =
        [
            $"/v1/accounts/{account}",
            $"/v1/accounts/{account}/api-keys?limit=100",
            $"/v1/accounts/{account}/api-keys/{id}",
            $"/v1/accounts/{account}/eligibility",
            $"/v1/accounts/{account}/wallets",
            "/v1/audit?limit=100",
            "/v1/operators",
            "/v1/gateways",
            "/v1/changes/1",
            "/openapi/v1.json",
        ];
        foreach (var path in reads)
            Assert.Equal(200, (await _desk.CallAsync(HttpMethod.Get, path, null, token)).Status);
        var audit = await _desk.CallAsync(HttpMethod.Get, $"/v1/audit?keyId={id}", null, token);
        Assert.NotEmpty(audit.Succeeded().Data["entries"]!.AsArray());
        foreach (
            var (host, path) in new[] { (_ops, "/metrics"), (_ops, "/readyz"), (_desk, "/metrics"), (_desk, "/readyz") }
        )
            Assert.NotEmpty(await host.GetStringAsync(new Uri(path, UriKind.Relative)));
    }

    private void Remember(ApiAnswer made)
    {
        var secret = (string)made.Key["key"]!;
        Secrets.Add(new SecretTraces(secret, ((string)made.Key["keyPrefix"]!).Length));
    }

    private static Task<ApiAnswer> PostAsync(
        HttpClient host,
        string path,
        object body,
        string credential,
        string idempotency
    ) => host.CallAsync(HttpMethod.Post, path, body, credential, ("Idempotency-Key", idempotency.Replace(' ', '-')));

    private async Task CallAsync(
        int status,
        HttpMethod method,
        string path,
        string? key,
        object? body = null,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(method, path);
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + key);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        request.Content = body is null ? null : new StringContent((string)body);
        using var response = await _edge.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(status == (int)response.StatusCode, $"{method} {path}: {(int)response.StatusCode} {text}");
    }
}
