-- migrate:up
-- So that an account with many keys counts and lists them by status without reading the others. The conditions are
-- those of KeyStore, word for word: SQLite uses a partial index only for a query that says the same, and counts from it
-- alone only when it holds every column that is named.
create index api_keys_counted on api_keys (account_id, id, expires_at, revoked_at, rotation_deadline)
    where revoked_at is null and rotation_deadline is null;
create index api_keys_revoked on api_keys (account_id, id) where revoked_at is not null;
create index api_keys_disabled on api_keys (account_id, id) where disabled_at is not null;
create index api_keys_ending on api_keys (account_id, id) where expires_at is not null or rotation_deadline is not null;

-- migrate:down
drop index api_keys_ending;
drop index api_keys_disabled;
drop index api_keys_revoked;
drop index api_keys_counted;
