using System.Globalization;
using Gateway.Keys;
using StackExchange.Redis;

namespace Gateway;

/// <summary>
/// The window of <see cref="SlidingWindow"/> in Redis, where all gateways count. One script, so one round trip, and
/// nothing comes in between; by the clock of Redis, so that no two gateways' clocks are ever compared. It needs Redis 5 or
/// later. What it keeps is gone two windows after the last request.
/// </summary>
internal static class SharedWindow
{
    /// <summary>Takes a limit's key, requests and seconds; gives 1 or 0 for admitted or not, what remains, and the
    /// milliseconds to wait.</summary>
    public const string Script = """
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local limit, length = tonumber(ARGV[1]), tonumber(ARGV[2]) * 1000000
        local start, previous, current = now, 0, 0
        local kept = redis.call('GET', KEYS[1])
        if kept then
          local s, p, c = string.match(kept, '(%d+) (%d+) (%d+)')
          start, previous, current = tonumber(s), tonumber(p), tonumber(c)
          local age = now - start
          if age < 0 then
            start = now
          elseif age >= 2 * length then
            start, previous, current = now, 0, 0
          elseif age >= length then
            start, previous, current = start + length, current, 0
          end
        end
        local elapsed = now - start
        local used = current + math.floor(previous * (1 - elapsed / length))
        local function slide(count, most)
          return length * math.max(0, 1 - most / count) + 1000
        end
        if used >= limit then
          local wait
          if current < limit then
            wait = slide(previous, limit - current) - elapsed
          else
            wait = length - elapsed + slide(current, limit)
          end
          return {0, 0, math.ceil(wait / 1000)}
        end
        local value = string.format('%.0f %d %d', start, previous, current + 1)
        redis.call('SET', KEYS[1], value, 'PX', math.ceil((2 * length - elapsed) / 1000) + 1)
        local left = limit - used - 1
        return {1, left, math.ceil(math.max(length - elapsed, length * left / limit) / 1000)}
        """;

    /// <summary>A window of nobody's, to find out whether Redis counts at all: beside those of keys, so that the same rules of
    /// access hold for it.</summary>
    public static readonly RedisKey[] ProbeKeys = ["gateway:limit:probe"];

    /// <summary>A limit that is never reached, so that each probe writes; gone two seconds later.</summary>
    public static readonly RedisValue[] ProbeValues = [1_000_000_000, 1];

    /// <summary>Where a rotation line counts. Another window begins anew; another number of requests does not.</summary>
    public static string KeyOf(KeyLimit limit) =>
        string.Create(CultureInfo.InvariantCulture, $"gateway:limit:{limit.LineId}:{limit.WindowSeconds}");
}
