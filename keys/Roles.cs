using System.Collections.Concurrent;

namespace Gateway.Keys;

/// <summary>
/// Named lists of grants, from the settings under <c>Roles</c>: name → list of grants. When none is configured the three
/// roles of the product's documentation apply; one configured role replaces them all. Safe for use by many
/// threads.
/// </summary>
public sealed class Roles
{
    private const int MaxNameLength = 64;

    private static readonly Dictionary<string, string[]> Defaults = new(StringComparer.Ordinal)
    {
        ["api_admin"] = ["*"],
        ["api_developer"] = ["*:read", "*:write", "!custody:write", "!api-keys:write", "!org:write"],
        ["api_readonly"] = ["*:read"],
    };

    // Most keys of a product are given one of a few lists. Some hundred bytes each, and a key by itself takes as much.
    private const int MaxCompiled = 10_000;
    private const char Separator = '\n';

    private readonly ConcurrentDictionary<string, Grants> _compiled = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Grants> _roles = new(StringComparer.Ordinal);
    private readonly (List<string> Names, Grants Grants)? _defaultPermissions;

    /// <summary>Compiles the configured roles, or the defaults when there are none.</summary>
    /// <param name="configured">Role name → grants as written.</param>
    /// <param name="options">When given, <c>Keys:DefaultPermissions</c> is checked and compiled here too.</param>
    /// <exception cref="SettingsException">Lists every problem with <c>Roles</c> and the default permissions.</exception>
    public Roles(IReadOnlyDictionary<string, string[]> configured, KeyOptions? options = null)
    {
        var problems = new List<string>();
        foreach (var (name, grants) in configured.Count == 0 ? Defaults : configured)
        {
            if (!IsName(name))
                problems.Add($"Roles:{name}: a name is 1 to {MaxNameLength} of [A-Za-z0-9_-]");
            _roles[name] = Grants.Parse(grants ?? [], allowExclusions: true, problems, $"Roles:{name}");
        }
        if (options is not null)
            _defaultPermissions = (options.DefaultPermissions, Compile(options.DefaultPermissions, problems));
        if (problems.Count > 0)
            throw new SettingsException(problems);
    }

    /// <summary>Names of the roles, in ordinal order.</summary>
    public IReadOnlyCollection<string> Names => _roles.Keys;

    /// <summary>The grants of a role; names are compared ordinally.</summary>
    public bool TryGet(string name, out Grants? grants) => _roles.TryGetValue(name, out grants);

    /// <summary>What a key may do; see the other overload.</summary>
    public Grants Effective(KeyRecord key, KeyOptions options) => Effective(key.Permissions, key.Role, options);

    /// <summary>
    /// What a key with these permissions and this role may do: its own permissions; else its role's grants, nothing
    /// when the role is unknown; else <c>Keys:DefaultPermissions</c>. Permissions that cannot be read grant nothing.
    /// Keys with the same permissions in the same order share what was compiled of them.
    /// </summary>
    public Grants Effective(IReadOnlyList<string>? permissions, string? role, KeyOptions options)
    {
        if (permissions is not null)
            return Shared(permissions);
        if (role is not null)
            return _roles.GetValueOrDefault(role) ?? Grants.Empty;
        return _defaultPermissions is { } compiled && ReferenceEquals(compiled.Names, options.DefaultPermissions)
            ? compiled.Grants
            : Compile(options.DefaultPermissions, []);
    }

    private Grants Shared(IReadOnlyList<string> permissions)
    {
        var text = string.Join(Separator, permissions);
        if (_compiled.TryGetValue(text, out var shared))
            return shared;
        var grants = Compile(permissions, []);
        // A grant that cannot be read may contain anything, the separator too.
        if (!grants.IsEmpty && _compiled.Count < MaxCompiled)
            _compiled.TryAdd(text, grants);
        return grants;
    }

    private static Grants Compile(IEnumerable<string> permissions, List<string> problems) =>
        Grants.Parse(permissions, allowExclusions: false, problems, "Keys:DefaultPermissions");

    private static bool IsName(string name) =>
        name.Length is > 0 and <= MaxNameLength && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}
