using System.Security.Cryptography;
using System.Text;
using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Tests;

/// <summary>Sessions of the console, without the way to an identity provider and back.</summary>
internal static class TestSessions
{
    /// <summary>Name of the cookie of a console without TLS.</summary>
    public const string CookieName = "console";

    /// <summary>Somebody of an account, bound to an identity provider's subject; not stored.</summary>
    public static Person NewPerson(TimeProvider clock, string accountId, string role, string subject) =>
        new(
            Ids.New(Ids.Person, clock),
            accountId,
            $"{subject}@example.com",
            role,
            "https://id.example.com",
            subject,
            clock.Now()
        );

    /// <summary>Signs a person in, as the return from an identity provider does: with a session in the store.</summary>
    /// <returns>What the cookie has.</returns>
    public static async Task<string> BeginAsync(Database database, TimeProvider clock, Person person)
    {
        var (now, token) = (clock.Now(), Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        token = token.Replace('+', '-').Replace('/', '_').TrimEnd('=');
        var session = new ConsoleSession(
            HashOf(token),
            person.Issuer!,
            person.Subject!,
            null,
            now,
            now,
            now.AddHours(12)
        );
        await database.WriteAsync(s => s.InsertConsoleSessionAsync(session));
        return token;
    }

    /// <summary>Lets a session's time be over.</summary>
    public static Task ExpireAsync(Database database, TimeProvider clock, string token) =>
        database.WriteAsync(async s =>
        {
            var session = (await s.FindConsoleSessionAsync(HashOf(token)))!;
            await s.DeleteConsoleSessionAsync(session.TokenHash);
            await s.InsertConsoleSessionAsync(session with { ExpiresAt = clock.Now() });
        });

    private static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
