namespace Gateway;

internal static class TransformChecks
{
    public static bool IsOurs(string name) => name.StartsWith("X-Gateway-", StringComparison.OrdinalIgnoreCase);
}
