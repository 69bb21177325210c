namespace Gateway.Admin;

/// <summary>How often sign-in may be tried from one address.</summary>
public sealed class SignInLimit(AdminSettings settings) : ClientLimit(settings.Admin.Console.SignInsPerMinute);
