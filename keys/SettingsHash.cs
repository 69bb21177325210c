using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;

namespace Gateway.Keys;

/// <summary>
/// One value for the settings that gateway and admin API must agree on: roles, environments, ids of the peppers (never
/// their secrets), default permissions and whether a pepper is required. Published, so that a mismatch is seen.
/// </summary>
public static class SettingsHash
{
    // A mistake is to be noticed, not an attack repelled: 64 bits are plenty and can be read out over the phone.
    private const int HexDigits = 16;

    /// <summary>16 hexadecimal digits; the same for settings that mean the same.</summary>
    public static string Compute(KeyOptions keys, Roles roles)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
            Write(json, keys, roles);
        return Convert.ToHexStringLower(SHA256.HashData(buffer.WrittenSpan))[..HexDigits];
    }

    // JSON, so that no name can be written to look like the end of another.
    private static void Write(Utf8JsonWriter json, KeyOptions keys, Roles roles)
    {
        json.WriteStartArray();
        foreach (var environment in KeyEnvironment.Read(keys, []))
            WriteList(json, [environment.Name, environment.Prefix, environment.Network]);
        foreach (var name in roles.Names)
        {
            roles.TryGet(name, out var grants);
            json.WriteStringValue(name);
            WriteList(json, grants!.Names.Order(StringComparer.Ordinal));
        }
        // The order of peppers means something: keys are made under the first.
        WriteList(json, keys.Peppers.Select(p => p.Id));
        json.WriteBooleanValue(keys.RequirePepper);
        WriteList(json, keys.DefaultPermissions.Order(StringComparer.Ordinal));
        json.WriteEndArray();
    }

    private static void WriteList(Utf8JsonWriter json, IEnumerable<string?> values)
    {
        json.WriteStartArray();
        foreach (var value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
