namespace Gateway.Admin;

/// <summary>How often whoever holds a secret may have it revoked, from one address.</summary>
public sealed class RevocationLimit(AdminSettings settings) : ClientLimit(settings.Leaks.RevocationsPerMinute);
