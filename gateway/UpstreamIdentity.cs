using Gateway.Keys;

namespace Gateway;

/// <summary>
/// What the upstream is told of one key, written out once: the names and values of the headers that are the same for each
/// of its requests. The gate puts it on a request that it passes on (<see cref="Upstream.Prepare"/>), and it is written as
/// YARP makes the request to the upstream (<see cref="UpstreamHeaders"/>).
/// </summary>
public sealed class UpstreamIdentity
{
    private readonly (string Name, string Value)[] _headers;

    private UpstreamIdentity(KeyRecord key, (string Name, string? Value)[] headers)
    {
        (KeyId, AccountId) = (key.Id, key.AccountId);
        _headers = [.. headers.Where(h => h.Value is { Length: > 0 }).Select(h => (h.Name, h.Value!))];
        WithoutGrants = this;
    }

    /// <summary>Whose request it is.</summary>
    public string KeyId { get; }

    /// <summary>Whose key that is.</summary>
    public string AccountId { get; }

    /// <summary>The same but for what the key may do: of a request that a wallet's binding narrows, the upstream is told
    /// what is left of it.</summary>
    public UpstreamIdentity WithoutGrants { get; private init; }

    /// <summary>Names and values, none of them empty.</summary>
    internal ReadOnlySpan<(string Name, string Value)> Headers => _headers;

    /// <summary>Writes them out.</summary>
    public static UpstreamIdentity Of(CachedKey key, Roles roles)
    {
        var record = key.Record;
        (string, string?)[] identity =
        [
            ("X-Gateway-Key-Id", record.Id),
            ("X-Gateway-Account-Id", record.AccountId),
            ("X-Gateway-Environment", record.Environment),
            ("X-Gateway-Network", key.Environment.Network),
            (
                "X-Gateway-Wallets",
                key.Wallets is null ? null : string.Join(' ', record.WalletBindings.Select(b => b.WalletId))
            ),
            ("X-Gateway-Signing-Wallet", record.SigningWalletId),
        ];
        // A role whose grants were narrowed would say more than the key may do.
        var role = record.Permissions is null && roles.TryGet(record.Role ?? "", out _) ? record.Role : null;
        (string, string?)[] grants = [("X-Gateway-Role", role), (Upstream.PermissionsHeader, key.Grants.Text)];
        return new UpstreamIdentity(record, [.. identity, .. grants])
        {
            WithoutGrants = new UpstreamIdentity(record, identity),
        };
    }
}
