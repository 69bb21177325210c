using System.Net;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>A browser without script in front of the console: keeps cookies, sends forms as they stand in the page, follows
/// no redirect by itself.</summary>
internal sealed class ConsoleBrowser : IDisposable
{
    private readonly TestAdmin? _admin;
    private readonly string _url;
    private readonly HttpClient _client;

    /// <summary>In front of a process of its own.</summary>
    public ConsoleBrowser(string url)
    {
        _url = url;
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = Cookies };
        _client = new HttpClient(handler) { BaseAddress = new Uri(url) };
    }

    public ConsoleBrowser(TestAdmin admin)
        : this(admin.Url) => _admin = admin;

    /// <summary>Its cookies.</summary>
    public CookieContainer Cookies { get; } = new();

    /// <summary>Settings of a process with a console.</summary>
    public static Dictionary<string, string?> Settings(params (string Name, string Value)[] more)
    {
        var settings = new Dictionary<string, string?> { ["Admin:Console:Url"] = "http://localhost" };
        foreach (var (name, value) in more)
            settings[name] = value;
        return settings;
    }

    /// <summary>Opens a page.</summary>
    public Task<ConsoleAnswer> GetAsync(string path) => SendAsync(new HttpRequestMessage(HttpMethod.Get, path));

    /// <summary>Opens a page, and what it leads to.</summary>
    public async Task<ConsoleAnswer> OpenAsync(string path) => await FollowAsync(await GetAsync(path));

    /// <summary>Goes where a page leads.</summary>
    public async Task<ConsoleAnswer> FollowAsync(ConsoleAnswer answer)
    {
        while (answer.Location is { } next)
            answer = await GetAsync(next);
        return answer;
    }

    /// <summary>Sends a form of a page with some fields typed over; those typed over with null are left out.</summary>
    public Task<ConsoleAnswer> SubmitAsync(ConsoleForm form, params (string Name, string? Value)[] typed)
    {
        var fields = form.Fields.Where(f => !typed.Any(t => t.Name == f.Name)).ToList();
        fields.AddRange(typed.Where(t => t.Value is not null).Select(t => (t.Name, t.Value!)));
        return PostAsync(form.Action, fields, _url);
    }

    /// <summary>Sends fields from a page of some origin; null says nothing of an origin.</summary>
    public Task<ConsoleAnswer> PostAsync(string path, IEnumerable<(string Name, string Value)> fields, string? origin)
    {
        var content = new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value)));
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        if (origin is not null)
            request.Headers.Add("Origin", origin);
        return SendAsync(request);
    }

    /// <summary>Any request.</summary>
    public async Task<ConsoleAnswer> SendAsync(HttpRequestMessage request)
    {
        using (request)
        {
            using var response = await _client.SendAsync(request);
            return new ConsoleAnswer(
                (int)response.StatusCode,
                response
                    .Headers.Concat(response.Content.Headers)
                    .ToDictionary(h => h.Key, h => string.Join("; ", h.Value), StringComparer.OrdinalIgnoreCase),
                await response.Content.ReadAsStringAsync()
            );
        }
    }

    /// <summary>Signs in with the configured operator's token.</summary>
    public async Task<ConsoleAnswer> SignInAsync(string token = TestAdmin.OperatorToken)
    {
        var page = await GetAsync("/console/sign-in");
        return await SubmitAsync(page.Form("/console/sign-in/token"), ("token", token));
    }

    /// <summary>Signs a person in, as the return from an identity provider does: with a session in the store.</summary>
    public async Task<Person> SignInAsync(string accountId, string role, string subject = "sub-1")
    {
        var (database, clock) = (_admin!.Store.Database, _admin.Clock);
        var person = TestSessions.NewPerson(clock, accountId, role, subject);
        await database.WriteAsync(s => s.InsertPersonAsync(person));
        var token = await TestSessions.BeginAsync(database, clock, person);
        Cookies.Add(new Uri(_url), new Cookie(TestSessions.CookieName, token, "/console"));
        return person;
    }

    public void Dispose() => _client.Dispose();
}
