using System.Data;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Gateway.Keys.Storage;

/// <summary>Instants are UTC to the millisecond: <c>timestamptz</c> in Postgres, milliseconds since 1970 in SQLite.</summary>
public static class Instants
{
    // Lazy, so that nobody goes on before another thread's registration is through.
    private static readonly Lazy<bool> Registered = new(() =>
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset));
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset?));
        SqlMapper.AddTypeHandler(new Handler());
        return true;
    });

    /// <summary>The instant without what is below a millisecond, so that both databases give back what was written.</summary>
    public static DateTimeOffset ToMilliseconds(this DateTimeOffset instant) =>
        DateTimeOffset.FromUnixTimeMilliseconds(instant.ToUnixTimeMilliseconds());

    /// <summary>Now, to the millisecond.</summary>
    public static DateTimeOffset Now(this TimeProvider clock) => clock.GetUtcNow().ToMilliseconds();

    internal static void RegisterWithDapper() => _ = Registered.Value;

    private sealed class Handler : SqlMapper.TypeHandler<DateTimeOffset>
    {
        public override void SetValue(IDbDataParameter parameter, DateTimeOffset value) =>
            parameter.Value = parameter is SqliteParameter ? value.ToUnixTimeMilliseconds() : value.UtcDateTime;

        public override DateTimeOffset Parse(object value) =>
            value switch
            {
                long milliseconds => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds),
                DateTime utc => new DateTimeOffset(utc, TimeSpan.Zero).ToMilliseconds(),
                _ => throw new DataException($"An instant cannot be read from {value.GetType().Name}."),
            };
    }
}
