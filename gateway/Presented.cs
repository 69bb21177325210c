namespace Gateway;

/// <summary>A credential that is not in memory, while it is found out what it is. Everything it may be stored under is
/// computed once, when it is first asked for; belongs to one request.</summary>
public sealed class Presented(string credential)
{
    /// <summary>Well-formed, its checksum right.</summary>
    public string Credential => credential;

    /// <summary>What the filter of hashes is asked for; null until then.</summary>
    internal byte[][]? Hashes { get; set; }
}
