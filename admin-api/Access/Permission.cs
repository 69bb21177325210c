namespace Gateway.Admin;

/// <summary>The permissions the admin API itself asks of an account's own actors.</summary>
public static class Permission
{
    /// <summary>To see keys.</summary>
    public const string Read = "api-keys:read";

    /// <summary>To make and change keys.</summary>
    public const string Write = "api-keys:write";
}
